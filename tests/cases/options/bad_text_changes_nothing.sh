#!/bin/bash
# Junk of every kind: EINVAL or EFBIG, and lease and daemon are as they were.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
mkdir "$WORK/bad"
cd "$WORK/bad"
echo junk >junk
head -c 10000000 /dev/zero | tr '\0' j >ten-megabytes
{ printf '{"note":"'; head -c 10000000 /dev/zero | tr '\0' n; printf '"}'; } >ten-megabytes-of-note
{ printf '{"note":"'; head -c 1001 /dev/zero | tr '\0' n; printf '"}'; } >long-note
{ head -c 3000 /dev/zero | tr '\0' '['; } >deep
printf '30m\0' >nul-after
printf '\0\0\0\0' >nuls
printf '{"note":"a\0b"}' >nul-inside
echo '{"note":"a\u0000b"}' >escaped-nul
echo 'ttl:-1' >with-colon
echo '{"ttl":-1}' >negative
echo '{"ttl":"-1s"}' >negative-text
echo -5 >negative-bare
echo 0 >zero
echo '{"ttl":0}' >zero-json
{ printf '%0400d' 0 | tr 0 9; echo; } >four-hundred-digits
{ printf '{"ttl":'; printf '%0400d' 0 | tr 0 9; printf '}'; } >four-hundred-digits-json
echo '{"ttl":1e400}' >infinite
printf '{"note":"\xff\xfe"}' >invalid-utf8
printf '{"note":"\xc0\x80"}' >overlong-utf8
printf '{"note":"\xed\xa0\x80"}' >surrogate
printf '\xff\xff\n' >bytes
echo '{"ttl":"30m","ttl":"40m"}' >twice
echo '{"ttl":"30m"} x' >trailing
echo '{"tll":"30m"}' >unknown-key
echo '["30m"]' >array
echo '{"pid":0}' >pid-zero
echo '{"pid":"x"}' >pid-text
echo '{"ttl":' >unfinished
printf '30x' >unit

# Through bash and cat, as people do; the errno through fsop.
touch "$MNT/own"
before=$(cat "$MNT/own")
pid=$(worker_pid)
for file in *; do
	if output=$("$FSOP" create "$MNT/free" write_stdin close <"$file"); then
		fail "$file was accepted: $output $(cat "$MNT/free")"
	fi
	assert_match "$output" '(EINVAL|EFBIG)' "the error of $file"
	[[ ! -e $MNT/free ]] || fail "$file: refused, and held: $(cat "$MNT/free")"
	if output=$("$FSOP" open_append "$MNT/own" write_stdin close <"$file"); then
		fail "$file was accepted: $output $(cat "$MNT/own")"
	fi
	assert_match "$output" '(EINVAL|EFBIG)' "the error of appending $file"
	assert_eq "$(cat "$MNT/own")" "$before" "the lease after $file"
	(cat "$file" >"$MNT/free") 2>/dev/null || true
	[[ ! -e $MNT/free ]] || fail "cat $file: held: $(cat "$MNT/free")"
done
assert_eq "$(worker_pid)" "$pid" 'the worker'
assert process_lives "$pid"
rm "$MNT/own"
assert_leases

#!/bin/bash
# slow 90
# strict, and the remote refuses every push, or answers garbage, little or without end: claims are
# refused in time with a clean word in the log, and all is well when it answers again.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"
EXPECT_LOG='git|remote'

strict_clones strict_wait=2s
at a claim issue:held

# refused MS: by touch, by lokt
refused() {
	local took
	took=$(at a took_ms claim issue:1)
	assert_eq "$(<"$WORK/status")" 1 "touch's status"
	assert_match "$(<"$WORK/stderr")" 'No route to host' 'what touch says'
	((took < $1)) || fail "touch took $took ms"
	at a fails_with 1 remote "$LOKT" acquire issue:1
	at a assert_free issue:1
	not has_ref "$REMOTE" issue:1 || fail 'refused, and on the remote'
	soon not has_ref "$WORK/a" issue:1
}
accepted() {
	wait_until 30 at a claims issue:1 || fail 'still refused'
	at b is_busy issue:1
	at b is_busy issue:held
	at a release issue:1
	wait_until 30 not has_ref "$REMOTE" issue:1 || fail 'still on the remote'
}

cat >"$REMOTE/hooks/pre-receive" <<'HOOK'
#!/bin/sh
printf 'not \033[31mtoday\007\n' >&2
exit 1
HOOK
chmod +x "$REMOTE/hooks/pre-receive"
refused 3000
rm "$REMOTE/hooks/pre-receive"
accepted

# one ref is refused, others are not
cat >"$REMOTE/hooks/update" <<HOOK
#!/bin/sh
test "\$1" != "$(ref_of issue:1)"
HOOK
chmod +x "$REMOTE/hooks/update"
refused 3000
at a claim issue:2
at a release issue:2
rm "$REMOTE/hooks/update"
accepted

# An answer that is a list of nothing is no babble: that is how a lock is broken.
for babble in 'head -c 300000 /dev/urandom' 'exec cat /dev/zero' "yes '\$(printf \"\\033[31m\")'" 'exit 3' 'kill -9 $$'; do
	printf '#!/bin/bash\n%s\n' "$babble" >"$WORK/babble"
	chmod +x "$WORK/babble"
	git -C "$WORK/a" config remote.origin.uploadpack "$WORK/babble"
	git -C "$WORK/a" config remote.origin.receivepack "$WORK/babble"
	refused 3000
	git -C "$WORK/a" config --unset remote.origin.uploadpack
	git -C "$WORK/a" config --unset remote.origin.receivepack
	accepted
done
at a is_held issue:held
not grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$WORK/a/.git/lokt/daemon.log" || fail 'control characters in the log'
size=$(stat -c %s "$WORK/a/.git/lokt/daemon.log")
((size < 200000)) || fail "the log has grown to $size bytes"
soon no_stray_processes

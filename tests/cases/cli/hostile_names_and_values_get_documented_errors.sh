#!/bin/bash
# Names and values that mean harm: each ends with the documented status, one error on stderr,
# nothing on stdout, no control character anywhere, and nothing held.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
lokt_says 0 'no locks' status
cli_adopt
mkdir -p "$WORK/empty"
cd "$WORK/empty"
repeat() {
	printf "%0$2d" 0 | sed "s/0/$1/g"
}
esc=$'\033[2J\033]0;gotcha\a'
long=$(repeat a 300)

# hostile STATUS WORD…: lokt with these.
hostile() {
	local expected=$1 status=0
	shift
	count=$((count + 1))
	timeout 20 "$LOKT" "$@" >"$WORK/stdout" 2>"$WORK/stderr" </dev/null || status=$?
	assert_eq "$status" "$expected" "status of lokt ${*@Q}"
	[[ ! -s $WORK/stdout ]] || fail "lokt ${*@Q} says on stdout: $(cat -v "$WORK/stdout")"
	[[ $(grep -c '^error: ' "$WORK/stderr") == 1 ]] ||
		fail "lokt ${*@Q} says: $(cat -v "$WORK/stderr")"
	assert harmless "$WORK/stderr"
}

harmless() {
	! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$1"
}

count=0
hostile 64 lock ''
hostile 64 lock "$long"
hostile 64 lock -rf
hostile 64 lock --name
hostile 64 lock -- ''
hostile 64 lock path:../x
hostile 64 lock path:
hostile 64 lock path:/etc/passwd
hostile 64 lock "path:$(repeat 'a\/' 200)"
hostile 64 lock a b
hostile 64 lock a --ttl ''
hostile 64 lock a --ttl -1h
hostile 64 lock a --ttl "5m$esc"
hostile 64 lock a --ttl 9999999999999999h
hostile 64 lock a --ttl 1e9
hostile 64 lock a --ttl 0x10
hostile 64 lock a --ttl $'5m\n'
hostile 64 lock a --ttl '٣m'
hostile 64 lock a --pid 0
hostile 64 lock a --pid -1
hostile 64 lock a --pid 99999999999
hostile 64 lock a --pid '1;id'
hostile 64 lock a --pid 4194399
hostile 64 lock a --note $'two\nlines'
hostile 64 lock a --note "$esc"
hostile 64 lock a --note $'\xff\xfe'
hostile 64 lock a --note "$(repeat n 1001)"
hostile 64 lock a --timeout 5s
hostile 64 unlock a --lock-id '../../etc'
hostile 64 unlock --owner ''
hostile 64 unlock --owner "$esc"
hostile 64 unlock a --all
hostile 64 freeze a
hostile 64 freeze a --ttl 0
hostile 64 audit --since "$esc"
hostile 64 audit --owner $'a\nb'
hostile 64 mount -o 'ttl=1h,root=/etc'
hostile 64 mount -o $'ttl=1h\nallow_other'
hostile 64 "$esc"
hostile 64 prime --format ../../etc/passwd
hostile 3 unlock %2F
hostile 3 status "$(printf '\xe2\x80\xaeevil')"
((count >= 40)) || fail "only $count"

# an owner, agent id or host that may not be one refuses the claim
for variable in LOKT_OWNER LOKT_AGENT_ID LOKT_HOST; do
	for value in "$esc" $'a\nb' $'\xc3\x28' "$long" $'a\xe2\x80\xaeb'; do
		export "$variable=$value"
		hostile 64 lock a
		unset "$variable"
	done
done
assert_leases
[[ $("$LOKT" status --json) == '[]' ]] || fail "held: $("$LOKT" status)"

# names that are odd but none of the above: one file each, found again, never outside the mount
for name in $'new\nline' ../x ... . .. .hidden 'a b' %2f %41 '*' '$(id)' $'\033[31m' ünïcode \
	"$(repeat é 40)" a/b \\ "'" '"' '--' -rf; do
	"$LOKT" lock -- "$name" >"$WORK/stdout" 2>"$WORK/stderr" || fail "lock ${name@Q}: $(cat -v "$WORK/stderr")"
	assert harmless "$WORK/stdout"
	assert_eq "$(find "$MNT" -mindepth 1 -maxdepth 1 -type f | wc -l)" 1 "files for ${name@Q}"
	"$LOKT" status >"$WORK/stdout"
	assert_eq "$(wc -l <"$WORK/stdout")" 1 "lines of status for ${name@Q}"
	assert harmless "$WORK/stdout"
	"$LOKT" status --json | jq -e 'length == 1' >/dev/null || fail "json of ${name@Q}"
	"$LOKT" exists -- "$name" || fail "exists ${name@Q}"
	"$LOKT" unlock -- "$name" >/dev/null || fail "unlock ${name@Q}"
done
[[ -z $(ls -A "$WORK/empty") ]] || fail "made: $(ls -A "$WORK/empty")"
cd /

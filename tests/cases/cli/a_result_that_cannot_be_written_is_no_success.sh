#!/bin/bash
# Every command with stdout closed and with stdout full: what failed says so on stderr and with
# its own status, what would have succeeded ends with 1 and a message; and nothing that belongs
# on stderr is on stdout.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
lokt_says 0 'no locks' status
cli_adopt
stranger_start other env LOKT_OWNER=other LOKT_AGENT_ID=other
as_agent other 'lokt lock taken; lokt freeze frozen --ttl 1h' >/dev/null
export LOKT_OWNER=me LOKT_AGENT_ID=me

# failing STATUS WORD…
failing() {
	local expected=$1 stdout status
	shift
	for stdout in "$WORK/stdout" /dev/full closed; do
		status=0
		if [[ $stdout == closed ]]; then
			"$LOKT" "$@" >&- 2>"$WORK/stderr" </dev/null || status=$?
		else
			"$LOKT" "$@" >"$stdout" 2>"$WORK/stderr" </dev/null || status=$?
		fi
		assert_eq "$status" "$expected" "lokt $* with stdout $stdout"
		grep -q '^error: ' "$WORK/stderr" || fail "lokt $* says nothing with stdout $stdout"
	done
	[[ ! -s $WORK/stdout ]] || fail "lokt $* says on stdout: $(<"$WORK/stdout")"
}

failing 2 lock taken
failing 2 lock frozen
failing 2 lock taken --wait --timeout 50ms
failing 4 unlock taken
failing 3 unlock nothing
failing 64 unlock
failing 3 renew nothing
failing 4 renew taken
failing 2 guard taken -- true
failing 127 guard nothing -- /no/such/program
failing 3 status nothing
failing 64 exists
failing 2 freeze frozen --ttl 1h
failing 3 unfreeze nothing
failing 4 unfreeze frozen
failing 64 why
failing 64 audit --since nonsense
failing 64 prime --format nonsense
failing 64 doctor nonsense
failing 64 demo nonsense
failing 64 top a b
failing 64 mount -o nonsense
failing 64 init nonsense
failing 64 umount nonsense
failing 64 path a b
failing 64 help nonsense
failing 64 nonsense

# unwritten WORD…: would succeed, and prints.
unwritten() {
	local stdout status
	for stdout in /dev/full closed; do
		status=0
		if [[ $stdout == closed ]]; then
			"$LOKT" "$@" >&- 2>"$WORK/stderr" </dev/null || status=$?
		else
			"$LOKT" "$@" >"$stdout" 2>"$WORK/stderr" </dev/null || status=$?
		fi
		assert_eq "$status" 1 "lokt $* with stdout $stdout"
		grep -q 'cannot write the result' "$WORK/stderr" ||
			fail "lokt $* with stdout $stdout says: $(<"$WORK/stderr")"
	done
}

cd "$WORK"
for json in '' --json; do
	unwritten lock mine $json
	[[ ! -e $MNT/mine ]] || fail 'a lock that nobody was told of is held'
	"$LOKT" lock kept --ttl 1h >/dev/null
	unwritten renew kept $json
	unwritten status $json
	unwritten status kept $json
	unwritten why free $json
	unwritten doctor $json
	unwritten unlock --all $json
	"$LOKT" unlock kept >/dev/null || true
done
unwritten top
unwritten status --watch
unwritten audit
unwritten prime
unwritten demo
unwritten mount
unwritten init
unwritten path x
unwritten help
unwritten --help
unwritten lock --help
unwritten --version
# what has nothing to print has nothing to fail for
"$LOKT" exists taken >&- || fail 'exists needs a stdout'
"$LOKT" exists taken >/dev/full || fail 'exists needs a stdout'
cd /

#!/bin/bash
# ^C, SIGTERM, SIGKILL and timeouts of waiters by flock, guard and lock: the place is free.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"

guard_starts x -- sh -c "touch $WORK/begun; exec sleep 100"

# taken_out SIGNAL COMMAND…
taken_out() {
	local signal=$1 waiter
	shift
	"$@" 2>/dev/null &
	waiter=$!
	wait_until 10 grep -q place "$MNT/.lokt/queue/x" || fail "'$*' does not wait"
	kill "-$signal" "$waiter"
	wait_until 2 not process_lives "$waiter" || fail "SIG$signal does not end '$*'"
	wait_until 2 not grep -q place "$MNT/.lokt/queue/x" || fail "'$*' is still in the queue"
	wait "$waiter" 2>/dev/null || true
}

for signal in TERM KILL HUP; do
	taken_out "$signal" flock "$MNT/x" true
	taken_out "$signal" "$LOKT" guard x --wait -- true
	taken_out "$signal" "$LOKT" lock x --wait
done
for tool in guard lock; do
	rest=()
	[[ $tool == lock ]] || rest=(-- true)
	begin=$(now_us)
	fails_with 2 'timed out waiting' "$LOKT" "$tool" x --wait --timeout 300ms "${rest[@]}"
	took=$((($(now_us) - begin) / 1000))
	((took >= 300 && took < 3000)) || fail "$tool: --timeout 300ms took $took ms"
done
assert_eq "$(<"$MNT/.lokt/queue/x")" '[]' 'the queue'
kill "$GUARD"
ends_with 143
assert_free x

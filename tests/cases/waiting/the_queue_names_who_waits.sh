#!/bin/bash
# .lokt/queue/NAME, and the line that a person at a terminal gets before a wait.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"

guard_starts x -- sh -c "touch $WORK/begun; exec sleep 100"
assert_eq "$(<"$MNT/.lokt/queue/x")" '[]' 'nobody waits'
env LOKT_OWNER=anna "$LOKT" guard x --wait -- true 2>"$WORK/err" &
first=$!
wait_until 10 grep -q '"place":1' "$MNT/.lokt/queue/x" || fail 'the first does not wait'
env LOKT_OWNER=bert "$LOKT" lock x --wait --timeout 20s --pid $$ >/dev/null &
second=$!
wait_until 10 grep -q '"place":2' "$MNT/.lokt/queue/x" || fail 'the second does not wait'
assert_eq "$(jq -r '.[] | "\(.place) \(.owner)"' "$MNT/.lokt/queue/x" | paste -sd ' ')" \
	'1 anna 2 bert' 'the queue'
assert_eq "$(jq -r '.[0].pid' "$MNT/.lokt/queue/x")" "$first" 'the pid of who waits'
screen=$("$TERMINAL" bash "+LOKT_OWNER=carl $LOKT guard x --wait --timeout 1s -- true" \
	'=waiting for lock "x", held by' '=place 3 in the queue' '=timed out' '+exit') ||
	fail "a terminal shows: $screen"
kill "$GUARD"
ends_with 143
wait "$first" || fail 'the first was not granted'
wait "$second" || fail 'the second was not granted'
assert_eq "$(<"$WORK/err")" '' 'what a script is told'
assert_eq "$(field x owner)" bert 'who holds it'

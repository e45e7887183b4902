#!/bin/bash
# flock -o keeps the descriptor from its command: SIGKILL of the command ends flock and with it the
# lock, SIGKILL of flock alone ends the lock and leaves the command without, in either order and at
# any moment, TIMES times (LONG=1: 500). A waiter is granted at that very moment.
. "$(dirname "$0")/../../lib/case.sh"

TIMES=${TIMES:-${LONG:+500}}
TIMES=${TIMES:-25}

# starts: flock -o in the background as HOLDER, its command as COMMAND, and a waiter as NEXT
starts() {
	rm -f "$WORK/pid" "$WORK/granted"
	flock -o "$MNT/x" sh -c "echo \$\$ >$WORK/pid; exec sleep 100" 2>/dev/null &
	HOLDER=$!
	wait_until 10 test -s "$WORK/pid" || fail 'the command does not begin'
	COMMAND=$(<"$WORK/pid")
	flock "$MNT/x" touch "$WORK/granted" &
	NEXT=$!
	wait_until 10 grep -q place "$MNT/.lokt/queue/x" || fail 'the waiter does not wait'
	[[ ! -e $WORK/granted ]] || fail 'granted while flock lives'
}

# kills PID…: and a moment between one and the next, in which that may end by itself
kills() {
	local pid
	for pid; do
		kill -9 "$pid" 2>/dev/null || true
		nap "0.00$((RANDOM % 4))"
	done
}

# The waiter gets it within a second, and nothing is left.
next_is_granted() {
	wait_until 1 test -e "$WORK/granted" || fail "$1: the waiter is not granted"
	wait "$NEXT" || fail "$1: the waiter failed"
	wait_until 1 not test -e "$MNT/x" || fail "$1: it is held"
	wait "$HOLDER" 2>/dev/null || true
	wait_until 1 not process_lives "$COMMAND" || fail "$1: the command lives"
}

mount_fs

# flock alone: its command goes on, and holds nothing
starts
kill -9 "$HOLDER"
wait_until 1 test -e "$WORK/granted" || fail 'flock is dead, and its command holds the lock'
process_lives "$COMMAND" || fail 'the command has ended: this tests nothing'
flock -n "$MNT/x" true || fail 'a command without the descriptor stands in the way'
kill -9 "$COMMAND"
next_is_granted 'flock alone'

# the command alone: flock ends with its status
starts
kill -9 "$COMMAND"
status=0
wait "$HOLDER" 2>/dev/null || status=$?
assert_eq "$status" 137 "flock's status"
next_is_granted 'the command alone'

# while flock is stopped, nobody can have seen the command's end
starts
kill -STOP "$HOLDER"
kill -9 "$COMMAND"
wait_until 1 not process_lives "$COMMAND" || fail 'the command lives'
assert_held x
[[ ! -e $WORK/granted ]] || fail 'granted while flock is stopped'
kill -CONT "$HOLDER"
next_is_granted 'flock stopped'

for ((i = 0; i < TIMES; i++)); do
	starts
	kills "$HOLDER" "$COMMAND"
	next_is_granted "round $i, flock first"
	starts
	kills "$COMMAND" "$HOLDER"
	next_is_granted "round $i, its command first"
done
assert_leases

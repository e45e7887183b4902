#!/bin/bash
# SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP and SIGCONT sent to guard reach its command; what was
# ignored from the start stays so.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"

for signal in TERM HUP INT QUIT USR1; do
	guard_starts x -- bash -c "
		trap 'echo $signal >$WORK/got; exit 33' $signal
		touch $WORK/begun
		while :; do sleep 0.02; done"
	kill "-$signal" "$GUARD"
	ends_with 33
	assert_eq "$(<"$WORK/got")" "$signal" 'what the command got'
	assert_free x
done

IGNORES=yes
guard_starts x -- bash -c "touch $WORK/begun; sleep 0.5; exit 5"
kill -INT "$GUARD"
kill -QUIT "$GUARD"
ends_with 5
IGNORES=''

state() {
	sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status"
}
is_in_state() {
	[[ $(state "$1") == "$2" ]]
}
set -m # a job of its own, so that its process group is no orphan
guard_starts x -- bash -c "echo \$\$ >$WORK/pid; touch $WORK/begun; exec sleep 100"
set +m
command=$(<"$WORK/pid")
kill -TSTP "$GUARD"
wait_until 5 is_in_state "$command" T || fail 'SIGTSTP does not stop the command'
wait_until 5 is_in_state "$GUARD" T || fail 'guard does not stop with its command'
kill -CONT "$GUARD"
wait_until 5 is_in_state "$command" S || fail 'SIGCONT does not wake the command'
assert_held x
kill "$GUARD"
ends_with 143
assert_free x

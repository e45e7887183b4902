#!/bin/bash
# slow. A guard that waits has its command and its keeper ready. SIGKILL of any of the three, or of
# several, during the wait and at every moment around the grant, many times (LONG=1: 500): no process
# and no place in the queue stays, and the lock is held as long as the command runs and no longer.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"
. "$(dirname "$0")/../../lib/intervals.sh"
. "$(dirname "$0")/../../lib/moments.sh"

QUEUE=$MNT/.lokt/queue/x

# What is ready, as COMMAND and KEEPER.
has_all_ready() {
	local pid
	COMMAND='' KEEPER=''
	for pid in $(commands_of "$GUARD"); do
		case $(<"/proc/$pid/comm") in
		guard-keeper) KEEPER=$pid ;;
		*) COMMAND=$pid ;;
		esac
	done
	[[ $COMMAND && $KEEPER ]]
}

begins_to_wait() {
	holds_begin
	begins --wait
	wait_until 5 grep -q place "$QUEUE" || fail 'it does not wait'
	wait_until 5 has_all_ready || fail 'it has nothing ready: this tests nothing'
}

# kill_parts guard|command|keeper…: at once
kill_parts() {
	local pids=" $* "
	pids=${pids/ guard / $GUARD }
	pids=${pids/ command / $COMMAND }
	# shellcheck disable=SC2086 # pids
	kill -9 ${pids/ keeper / $KEEPER } 2>/dev/null || true
}

# guard_ends: by itself or killed; its status is STATUS. Then nothing stays.
guard_ends() {
	local pid
	wait_until 5 not process_lives "$GUARD" || fail "$MOMENT: guard does not end"
	STATUS=0
	wait "$GUARD" 2>/dev/null || STATUS=$?
	for pid in "$COMMAND" "$KEEPER"; do
		wait_until 1 not process_lives "$pid" || fail "$MOMENT: process $pid stays"
	done
	wait_until 1 not grep -q place "$QUEUE" || fail "$MOMENT: a place in the queue stays"
}

# in_the_wait STATUS PART…: how guard ends, where it is not itself among the parts
in_the_wait() {
	begins_to_wait
	kill_parts "${@:2}"
	[[ " $* " != *' guard '* ]] || guard_ends
	assert_eq "$(field x owner)" holder 'the holder'
	holds_end
	guard_ends
	assert_eq "$STATUS" "$1" "guard's status"
	assert_free x
}

# at_the_grant PART…
at_the_grant() {
	begins_to_wait
	rm "$MNT/.lokt/force/locks/x"
	naps_up_to 3000
	kill_parts "$@"
	guard_ends
}

# at_the_grant_without_a_file PART…: a lease that came in words
at_the_grant_without_a_file() {
	LEASE=$(lease_of path:d/x) QUEUE=$MNT/.lokt/queue/path:d%2Fx
	LOKT_OWNER=holder "$LOKT" lock path:d >/dev/null
	LOKT_OWNER=waiter "$LOKT" guard path:d/x --wait -- "$INTERVAL" "$WORK" "$LEASE" "$HOLD_US" \
		2>>"$WORK/err" &
	GUARD=$!
	wait_until 5 grep -q place "$QUEUE" || fail 'it does not wait'
	wait_until 5 has_all_ready || fail 'it has nothing ready: this tests nothing'
	rm "$MNT/.lokt/force/locks/path:d"
	naps_up_to 6000
	kill_parts "$@"
	guard_ends
	free_within 1 path:d%2Fx
	LEASE=$(lease_of x) QUEUE=$MNT/.lokt/queue/x
}

all_moments 3 'in_the_wait 137 command' 'in_the_wait 1 keeper' 'in_the_wait 1 command keeper' \
	'in_the_wait 137 guard' 'in_the_wait 137 guard command' 'in_the_wait 137 guard keeper' \
	'in_the_wait 137 guard command keeper'
all_moments 10 'at_the_grant command' 'at_the_grant keeper' 'at_the_grant command keeper' \
	'at_the_grant guard' 'at_the_grant guard command' 'at_the_grant guard keeper' \
	'at_the_grant guard command keeper' 'at_the_grant_without_a_file command' \
	'at_the_grant_without_a_file guard' 'at_the_grant_without_a_file guard command'

# a lease without a file is its keeper's: guard knows at once that it is lost
guard_starts_without_a_file path:d/x --ttl 10m -- \
	bash -c "touch $WORK/begun; exec sleep 100" 2>"$WORK/lost"
has_all_ready || fail 'it has no keeper: this tests nothing'
kill -9 "$KEEPER"
free_within 1 path:d%2Fx
ends_with 143
assert_match "$(<"$WORK/lost")" 'lost lock "path:d/x"' 'what guard says'

# one with a file is held on
guard_starts x -- bash -c "touch $WORK/begun; until [[ -e $WORK/end ]]; do sleep 0.02; done; exit 5"
has_all_ready || fail 'it has no keeper: this tests nothing'
kill -9 "$KEEPER"
wait_until 1 not process_lives "$KEEPER" || fail 'the keeper lives'
fails_with 2 'held by' env LOKT_OWNER=rival "$LOKT" guard x -- true
touch "$WORK/end"
ends_with 5
free_within 1 x
assert_eq "$(left_behind)" '' 'the processes that stay'

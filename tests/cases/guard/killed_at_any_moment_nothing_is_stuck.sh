#!/bin/bash
# slow. SIGKILL of guard alone, of guard and command, and of a waiter, each many times (LONG=1:
# 500) and at every moment of its life: the lock is free or rightly held within a second, and
# nothing is stuck.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"
. "$(dirname "$0")/../../lib/intervals.sh"
. "$(dirname "$0")/../../lib/moments.sh"

# the moments: from the claim to the end of a command of 5 ms, and a little after
guard_at_any_moment() {
	begins
	naps_up_to 16000
	is_killed "$GUARD"
}

guard_with_a_ttl_at_any_moment() {
	begins --ttl 200ms
	naps_up_to 16000
	is_killed "$GUARD"
}

guard_and_command_at_any_moment() {
	local all
	begins
	naps_up_to 16000
	kill -STOP "$GUARD" 2>/dev/null || true
	all=$(commands_of "$GUARD")
	# shellcheck disable=SC2086 # pids
	is_killed "$GUARD" $all
}

# a whole group, as a terminal or a supervisor that has lost its patience
group_at_any_moment() {
	set -m
	begins
	set +m
	naps_up_to 16000
	is_killed -- "-$GUARD"
}

# nobody has seen its status yet, and the lock is being given back
guard_at_the_end_of_its_command() {
	local command=''
	begins
	until [[ $command ]] || not process_lives "$GUARD"; do command=$(commands_of "$GUARD"); done
	for pid in $command; do
		until not process_lives "$pid"; do :; done
	done
	naps_up_to 1500
	is_killed "$GUARD"
}

waiter_while_waiting() {
	holds_begin
	begins --wait
	wait_until 5 is_waiting || fail 'it does not wait'
	is_killed "$GUARD"
	assert_eq "$(field x owner)" holder 'the holder'
	wait_until 1 not is_waiting || fail 'a dead waiter is in the queue'
	holds_end
}

waiter_on_its_way_to_wait() {
	holds_begin
	begins --wait
	naps_up_to 8000
	is_killed "$GUARD"
	assert_eq "$(field x owner)" holder 'the holder'
	holds_end
}

waiter_at_its_grant() {
	holds_begin
	begins --wait
	wait_until 5 is_waiting || fail 'it does not wait'
	rm "$MNT/.lokt/force/locks/x"
	naps_up_to 3000
	is_killed "$GUARD"
}

# a lease that came in words
waiter_at_its_grant_without_a_file() {
	LEASE=$(lease_of path:d/x)
	LOKT_OWNER=holder "$LOKT" lock path:d >/dev/null
	LOKT_OWNER=waiter "$LOKT" guard path:d/x --wait -- "$INTERVAL" "$WORK" "$LEASE" "$HOLD_US" \
		2>>"$WORK/err" &
	GUARD=$!
	wait_until 5 grep -q place "$MNT/.lokt/queue/path:d%2Fx" || fail 'it does not wait'
	rm "$MNT/.lokt/force/locks/path:d"
	naps_up_to 12000
	is_killed "$GUARD"
	LOKT_OWNER=next "$LOKT" guard path:d --wait --timeout 10s -- true || fail 'it is stuck'
	free_within 1 path:d%2Fx
	LEASE=$(lease_of x)
}

nested_guard_at_any_moment() {
	local nested
	"$LOKT" guard x -- bash -c "\"\$LOKT\" guard x -- \"\$INTERVAL\" $WORK $LEASE $HOLD_US &
		echo \$! >$WORK/nested; wait" 2>>"$WORK/err" &
	GUARD=$!
	wait_until 5 test -s "$WORK/nested" || fail 'the outer command does not begin'
	nested=$(<"$WORK/nested")
	naps_up_to 12000
	is_killed "$nested"
	rm "$WORK/nested"
}

all_moments 40 guard_at_any_moment guard_with_a_ttl_at_any_moment \
	guard_and_command_at_any_moment group_at_any_moment guard_at_the_end_of_its_command \
	waiter_while_waiting waiter_on_its_way_to_wait waiter_at_its_grant \
	waiter_at_its_grant_without_a_file nested_guard_at_any_moment

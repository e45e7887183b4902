#!/bin/bash
# kill -9 of the daemon under a guard, and the next start: the lease is kept, guard renews it there,
# and the end of the command, and of what it left behind, ends it. So too when guard is killed.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"
export LOKT
# a guard that renews in between would start the daemon that is started here
export LOKT_NO_AUTOSTART=1

daemon_dies_and_returns() {
	kill_daemon
	mount_fs
	assert_held x
	assert_eq "$(field x lock_id)" "$1" 'the lease'
	fails_with 2 'held by' env LOKT_OWNER=rival "$LOKT" guard x -- true
	fails_with 1 '' flock -n "$MNT/x" true
}

await_end="touch $WORK/begun; until [[ -e $WORK/end ]]; do sleep 0.02; done"
for options in '' '--ttl 1s'; do
	rm -f "$WORK/end"
	# shellcheck disable=SC2086 # two words
	guard_starts x $options -- bash -c "$await_end; exit 3" 2>"$WORK/err"
	lock_id=$(field x lock_id)
	token=$(stat -c %i "$MNT/x")
	daemon_dies_and_returns "$lock_id"
	assert_eq "$(stat -c %i "$MNT/x")" "$token" 'the token'
	if [[ $options ]]; then
		# what has a TTL is renewed at the new daemon: it stands after three times that
		renewals=$(grep -c '"event":"renew"' "$ROOT/audit.log" || true)
		renewed_thrice() {
			(($(grep -c '"event":"renew"' "$ROOT/audit.log") > renewals + 5))
		}
		wait_until 10 renewed_thrice || fail 'it does not renew'
		assert_eq "$(field x lock_id)" "$lock_id" 'the lease'
	fi
	daemon_dies_and_returns "$lock_id"
	touch "$WORK/end"
	ends_with 3
	free_within 1 x
	[[ ! -s $WORK/err ]] || fail "guard says $(<"$WORK/err")"
done

# held_until_end WHAT [PID]: guard is killed under no daemon, its command PID ends, something runs on
held_until_end() {
	local lock_id
	lock_id=$(field x lock_id)
	kill_daemon
	kill -9 "$GUARD"
	touch "$WORK/alone"
	wait_until 5 not process_lives "$2" || fail 'the command does not end'
	mount_fs
	assert_eq "$(field x lock_id)" "$lock_id" "the lease of a killed guard with $1"
	fails_with 2 'held by' env LOKT_OWNER=rival "$LOKT" guard x -- true
	touch "$WORK/end"
	free_within 1 x
}

# leaves COMMAND: under a guard whose command ends when guard has been killed, and leaves that
leaves() {
	rm -f "$WORK/end" "$WORK/alone"
	guard_starts x -- bash -c "echo \$\$ >$WORK/pid; $1 &
		until [[ -e $WORK/alone ]]; do sleep 0.02; done"
}

rm "$WORK/end"
guard_starts x -- bash -c "$await_end"
held_until_end 'its command' 0
leaves "($await_end)"
held_until_end 'what kept its descriptor' "$(<"$WORK/pid")"
leaves "\"\$LOKT\" guard x -- bash -c '$await_end'"
held_until_end 'a nested guard' "$(<"$WORK/pid")"

# all have gone before the next start
guard_starts x -- bash -c "echo \$\$ >$WORK/pid; touch $WORK/begun; exec sleep 100"
kill_daemon
kill -9 "$GUARD" "$(<"$WORK/pid")"
mount_fs
free_within 1 x
assert_leases

#!/bin/bash
# With shared=strict plain touch, lokt and the request file are refused what another clone holds,
# at once; a release there frees it here; waiting waits for it.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

strict_clones

at a claim issue:1
is_mirrored "$REMOTE" issue:1 "$(at a lock_id issue:1)" || fail 'held, and not on the remote'
at b is_busy issue:1
at b fails_with 4 'Lock conflict' "$LOKT" acquire issue:1
at b fails_with 2 'host-a' "$LOKT" lock issue:1
at b asked acquire issue:1 | jq -e '.ok == false and .verdict == "held" and .errno == 16 and
	.holder.host == "host-a"' >/dev/null || fail 'the request file lets b in'
at b assert_held issue:1
assert_eq "$(at b lock_id issue:1)" "$(at a lock_id issue:1)" "the lease that stands in b"
fails_with 1 'Operation not permitted' at b rm "$(root_of b)/mnt/issue:1"

# freed by its release: by itself within the interval, or by the next try
at a release issue:1
at b wait_until 5 claims issue:1 || fail 'a release does not free the name'
at a is_busy issue:1
at b release issue:1
wait_until 10 not has_ref "$REMOTE" issue:1 || fail 'released, and still on the remote'
soon at a not is_held issue:1

# a wait is granted when the other clone releases
at b "$LOKT" acquire issue:2 >/dev/null
at a "$LOKT" lock issue:2 --wait --timeout 60s >"$WORK/waited" 2>&1 &
waiter=$!
nap 0.5
process_lives "$waiter" || fail "it does not wait: $(<"$WORK/waited")"
at b "$LOKT" release issue:2 >/dev/null
wait_until 15 not process_lives "$waiter" || fail 'it waits on'
wait "$waiter" || fail "the wait ended with $?: $(<"$WORK/waited")"
is_mirrored "$REMOTE" issue:2 "$(at a lock_id issue:2)" || fail 'granted, and not on the remote'
at b is_busy issue:2
at a "$LOKT" release issue:2 >/dev/null

# flock and guard claim as others do
at a "$LOKT" guard issue:3 -- bash -c "touch $WORK/begun; until test -e $WORK/go; do command sleep 0.05; done" &
guard=$!
also_kill "$guard"
wait_until 10 test -e "$WORK/begun" || fail 'the guard does not begin'
has_ref "$REMOTE" issue:3 || fail 'guarded, and not on the remote'
at b is_busy issue:3
at b fails_with 2 '' "$LOKT" guard issue:3 -- true
: >"$WORK/go"
wait "$guard"
at b wait_until 5 claims issue:3 || fail 'the end of a guard does not free the name'

# by a renewal the remote knows the new expiry
expiry=$(ref_field "$REMOTE" issue:3 expires_unix_ms)
at b "$LOKT" renew --resource issue:3 --ttl 1h >/dev/null
renewed() {
	(($(ref_field "$REMOTE" issue:3 expires_unix_ms) > expiry + 1000000))
}
soon renewed
is_mirrored "$REMOTE" issue:3 "$(at b lock_id issue:3)"
at b release issue:3

# an expiry frees it as well
at a bash -c 'echo 1s >"$MNT/issue:4"'
wait_until 15 at b claims issue:4 || fail 'an expiry does not free the name'
at b release issue:4

# bare names need no remote
at a claim deploy
at b claim deploy
at a release deploy
at b release deploy

wait_until 20 has_no_refs "$REMOTE" || fail "left on the remote: $(lock_refs "$REMOTE")"

#!/bin/bash
# git update-ref -d is a way to break a lock: the lease ends, its holder is told by guard, and the
# audit trail says so. What takes the ref's place takes the lock.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

make_remote
make_clone a
mount_clone a
dir=$WORK/a

at a claim issue:1
at a claim issue:2
at a claim deploy
soon has_ref "$dir" issue:1
soon has_ref "$dir" issue:2
drop_ref "$dir" issue:1
soon at a not is_held issue:1
at a audit_has force-break issue:1 || fail 'not in the audit trail'
nap 0.3
at a assert_leases issue:2 deploy
not has_ref "$dir" issue:1 || fail 'the ref came back'
at a claim issue:1
soon has_ref "$dir" issue:1

# all at once, packed
git -C "$dir" pack-refs --all
git -C "$dir" for-each-ref --format='delete %(refname)' "$LOCKS" | git -C "$dir" update-ref --stdin
soon at a not is_held issue:1
soon at a not is_held issue:2
at a assert_leases deploy

# a bound lease, and its guard
at a "$LOKT" guard issue:3 --ttl 5s -- bash -c "touch $WORK/begun; exec sleep 100" 2>"$WORK/err" &
guard=$!
also_kill "$guard"
wait_until 10 test -e "$WORK/begun" || fail 'the guard does not begin'
# The TTL is written after the claim: what is deleted while a renewal is being written comes back.
is_short() {
	(($(ref_field "$dir" issue:3 expires_unix_ms) < $(in_ms 6000)))
}
soon is_short
drop_ref "$dir" issue:3
wait_until 10 not process_lives "$guard" || fail 'the guard goes on'
status=0
wait "$guard" || status=$?
assert_eq "$status" 143 "the guard's status"
assert_match "$(<"$WORK/err")" 'lost lock "issue:3"' 'what guard says'

# another's lock in the place of ours: never both
at a claim issue:4
soon has_ref "$dir" issue:4
ours=$(at a lock_id issue:4)
id=$(new_id)
put_lock "$dir" issue:4 "$(in_ms 600000)" "$id"
soon at a holds "$id" issue:4
not at a holds "$ours" issue:4 || fail 'ours is still there'
assert_eq "$(ref_field "$dir" issue:4 nonce)" "$id" "the other's ref"

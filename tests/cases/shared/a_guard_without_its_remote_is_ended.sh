#!/bin/bash
# strict: a guard's lock has no expiry and is renewed on the remote while that answers. When it
# does not for too long, the lock is over where the remote has it end, and the command with it.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"
EXPECT_LOG='git|remote'

strict_clones ttl=6s,skew=0s
at a "$LOKT" guard issue:1 -- bash -c "touch $WORK/begun; exec sleep 1000" >"$WORK/said" 2>&1 &
guard=$!
also_kill "$guard"
wait_until 10 test -e "$WORK/begun" || fail 'the guard does not begin'
id=$(at a lock_id issue:1)

# renewed past the time that it was first put for
first=$(ref_field "$REMOTE" issue:1 expires_unix_ms)
renewed() {
	(($(ref_field "$REMOTE" issue:1 expires_unix_ms) > first + 3000))
}
wait_until 15 renewed || fail 'it is not renewed on the remote'
is_past() {
	(($(in_ms 0) > first))
}
wait_until 15 is_past
at a holds "$id" issue:1
at b is_busy issue:1

# only a is cut off
git -C "$WORK/a" config remote.origin.uploadpack false
git -C "$WORK/a" config remote.origin.receivepack false
until at b claims issue:1; do
	(($(in_ms 0) < $(ref_field "$REMOTE" issue:1 expires_unix_ms) + 10000)) || fail 'it never ends'
	nap 0.1
done
not at a holds "$id" issue:1 2>/dev/null || fail 'b has it, and a holds it'
wait_until 5 not process_lives "$guard" || fail 'the guard goes on without its lock'
status=0
wait "$guard" || status=$?
[[ $status != 0 ]] || fail 'a guard that lost its lock ended well'
assert_match "$(<"$WORK/said")" 'lost' 'what guard says'

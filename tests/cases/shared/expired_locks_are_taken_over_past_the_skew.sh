#!/bin/bash
# slow 20
# strict: another machine's lock that has expired by our clock is in the way until the clocks'
# difference has passed too; then a claim takes its place, atomically.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

strict_clones skew=5s

# a clock 3 s apart
put_lock "$REMOTE" issue:1 "$(in_ms -3000)"
theirs=$(ref_field "$REMOTE" issue:1 nonce)
since=$(now_us)
at a is_busy issue:1
(($(now_us) - since < 1900000)) || skip 'too slow a machine for what this looks at'
is_mirrored "$REMOTE" issue:1 "$theirs" || fail "another's lock was overwritten within the skew"
# one that we saw alive
put_lock "$REMOTE" issue:2 "$(in_ms 2000)"
put_lock "$REMOTE" issue:3 "$(in_ms 2000)"
gone=$(ref_field "$REMOTE" issue:2 expires_unix_ms)
at a is_busy issue:2
early() {
	(($(in_ms 0) < gone + 4500))
}
while early; do
	if at a claims issue:2 && early; then fail 'taken over within the skew'; fi
	at a not is_held issue:2 || nap 0.5
	nap 0.1
done
wait_until 10 at a claims issue:2 || at a holds "$(ref_field "$REMOTE" issue:2 nonce)" issue:2 ||
	fail 'an expired lock is never taken over'
is_mirrored "$REMOTE" issue:2 "$(at a lock_id issue:2)" || fail 'taken over, and not on the remote'
at a claims issue:1 || fail 'an expired lock is never taken over'

# both take over at once: one does
wait_until 10 test "$(in_ms 0)" -gt $((gone + 6000)) || nap 1.5
ids=()
at a claim issue:3 2>/dev/null &
one=$!
at b claim issue:3 2>/dev/null && ids+=("$(at b lock_id issue:3)")
wait "$one" && ids+=("$(at a lock_id issue:3)")
assert_eq "${#ids[@]}" 1 'how many have taken it over'
is_mirrored "$REMOTE" issue:3 "${ids[0]}" || fail 'taken over, and not on the remote'

# a live one that was replaced on the remote meanwhile is not ours to take
put_lock "$REMOTE" issue:4 "$(in_ms -60000)"
at a claims issue:4 || fail 'an old lock is not taken over'
put_lock "$REMOTE" issue:5 "$(in_ms -60000)"
put_lock "$REMOTE" issue:5 "$(in_ms 60000)"
at a is_busy issue:5

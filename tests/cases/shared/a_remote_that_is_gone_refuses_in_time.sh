#!/bin/bash
# slow 100
# strict, and the remote cannot be reached: a claim ends with EHOSTUNREACH in time and holds
# nothing; a renewal says that it was not heard of; local names go on; what is held runs out; when
# the remote is back, it is told.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"
EXPECT_LOG='git|remote'

strict_clones strict_wait=2s
dir=$WORK/a
at a claim issue:kept
at a claim issue:freed
at a bash -c 'echo 4s >"$MNT/issue:short"'
kept=$(at a lock_id issue:kept)
mv "$REMOTE" "$WORK/away.git"

took=$(at a took_ms claim issue:1)
assert_eq "$(<"$WORK/status")" 1 "touch's status"
assert_match "$(<"$WORK/stderr")" 'No route to host' 'what touch says'
((took < 3000)) || fail "touch took $took ms"
at a assert_free issue:1
not has_ref "$dir" issue:1 || fail 'a ref of what was not acquired'
took=$(at a took_ms "$LOKT" acquire issue:1)
assert_eq "$(<"$WORK/status")" 1 "lokt acquire's status"
assert_match "$(<"$WORK/stderr")" 'remote' 'what lokt acquire says'
at a "$LOKT" acquire issue:1 --json >"$WORK/document" 2>/dev/null || true
jq -es 'length == 1 and (.[0] | .ok == false and .error.code == "git_error" and (.error.message | test("remote")))' \
	"$WORK/document" >/dev/null || fail "the document: $(<"$WORK/document")"
at a fails_with 1 remote "$LOKT" lock issue:1
at a fails_with 1 '' "$LOKT" guard issue:1 -- true
at a assert_free issue:1

# the other party's locks and local names are answered at once
took=$(at b took_ms claim issue:kept)
((took < 3000)) || fail "a refusal took $took ms"
[[ $(<"$WORK/status") == 1 ]] || fail 'let in without the remote'
assert_match "$(<"$WORK/stderr")" 'Device or resource busy|No route to host' 'what touch says'
took=$(at a took_ms claim deploy)
((took < 1000)) || fail "a local claim took $took ms"
at a release deploy

# released meanwhile: free here, told later
took=$(at a took_ms release issue:freed)
((took < 1000)) || fail "a release took $took ms"
at a assert_free issue:freed

# held leases are held to their expiry
at a holds "$kept" issue:kept
wait_until 10 at a not is_held issue:short || fail 'it does not end at its expiry'
at a audit_has expire issue:short || fail 'it has not expired'
at a fails_with 1 '' "$LOKT" sync
assert_match "$(at a "$LOKT" doctor 2>&1 || true)" 'remote|origin' 'what doctor says'

mv "$WORK/away.git" "$REMOTE"
wait_until 30 not has_ref "$REMOTE" issue:freed || fail 'a release does not catch up'
wait_until 30 not has_ref "$REMOTE" issue:short || fail 'an expiry does not catch up'
is_mirrored "$REMOTE" issue:kept "$kept" || fail 'what is held has gone from the remote'
at a holds "$kept" issue:kept
wait_until 10 at b claims issue:freed || fail 'free, and still refused'
wait_until 10 at a claims issue:1 || fail 'the remote is back, and still refused'
at b is_busy issue:kept
at b release issue:freed
at a release issue:1
at a release issue:kept
wait_until 20 has_no_refs "$REMOTE" || fail "left on the remote: $(lock_refs "$REMOTE")"

# a renewal that the remote does not hear of is none that one may count on
at a bash -c 'touch "$MNT/issue:3"'
mv "$REMOTE" "$WORK/away.git"
took=$(at a took_ms "$LOKT" renew issue:3 --ttl 1h)
assert_eq "$(<"$WORK/status")" 1 "lokt renew's status"
assert_match "$(<"$WORK/stderr")" 'remote' 'what lokt renew says'
((took < 12000)) || fail "lokt renew took $took ms"
at a is_held issue:3
at a asked renew issue:3 | jq -e .ok >/dev/null || fail 'a renewal that does not wait is refused'
mv "$WORK/away.git" "$REMOTE"
at a "$LOKT" renew --resource issue:3 --ttl 2h >/dev/null
(($(ref_field "$REMOTE" issue:3 expires_unix_ms) > $(in_ms 7000000))) || fail 'renewed, and not on the remote'
at a "$LOKT" renew issue:3 --ttl 1m >/dev/null
at a release issue:3

# a lease whose renewals cannot be told ends when the remote believes it does
at a bash -c 'echo 5s >"$MNT/issue:2"'
ends_soon() {
	expiry=$(ref_field "$REMOTE" issue:2 expires_unix_ms)
	((expiry < $(in_ms 6000)))
}
soon ends_soon
mv "$REMOTE" "$WORK/away.git"
at a "$LOKT" renew issue:2 --ttl 1h >"$WORK/said" 2>&1 &
renewal=$!
wait_until 12 at a not is_held issue:2 || fail "held past what the remote knows: $(<"$WORK/said")"
(($(in_ms 0) <= expiry + 4000)) || fail "held $(($(in_ms 0) - expiry)) ms past what the remote knows"
not wait "$renewal" || fail "a renewal that was not heard of: $(<"$WORK/said")"
mv "$WORK/away.git" "$REMOTE"
wait_until 30 has_no_refs "$REMOTE" || fail "left on the remote: $(lock_refs "$REMOTE")"

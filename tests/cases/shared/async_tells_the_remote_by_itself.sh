#!/bin/bash
# shared=async: a claim is answered at once and told in the background; others' locks appear by
# themselves; what was claimed in both has one winner soon; without the remote all goes on.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"
EXPECT_LOG='git|remote'

two_clones remote=origin,shared=async,interval=1s
LATER=10

at a claim issue:1
wait_until "$LATER" is_mirrored "$REMOTE" issue:1 "$(at a lock_id issue:1)" || fail 'the remote is not told'
wait_until "$LATER" at b is_held issue:1 || fail 'b does not see it'
at b holds "$(at a lock_id issue:1)" issue:1
at b is_busy issue:1
at a bash -c 'echo 2h >"$MNT/.lokt/renew/issue:1"'
same_expiry() {
	[[ $(at a field issue:1 expires_unix_ms) == "$(at b field issue:1 expires_unix_ms)" ]]
}
wait_until "$LATER" same_expiry || fail 'b does not see the renewal'
at a release issue:1
wait_until "$LATER" not has_ref "$REMOTE" issue:1 || fail 'the remote is not told of the release'
wait_until "$LATER" at b not is_held issue:1 || fail 'b does not see the release'

# both at once: one winner on all sides
settled() {
	local id
	id=$(ref_field "$REMOTE" "$1" nonce) && [[ $id == "$2" || $id == "$3" ]] &&
		at a holds "$id" "$1" && at b holds "$id" "$1"
}
# The id as the claim was answered: a look at the lease may come when it is lost already.
acquired() {
	"$LOKT" acquire "$1" --json | jq -r .data.lock.nonce
}
for round in {1..5}; do
	name=issue:both$round
	at a acquired "$name" >"$WORK/ours" &
	theirs=$(at b acquired "$name") || fail "round $round: b is refused"
	wait $! || fail "round $round: a is refused"
	ours=$(<"$WORK/ours")
	wait_until "$LATER" settled "$name" "$ours" "$theirs" || fail "round $round: they do not agree"
	loser=a
	at a holds "$ours" "$name" && loser=b
	at "$loser" audit_has conflict "$name" || fail "round $round: no conflict in the audit trail"
	[[ -n $(at "$loser" conflict_on "$name") ]] || fail "round $round: no conflict is listed"
done

# a guard that lost is ended by itself
at a "$LOKT" guard issue:2 --ttl 10s -- bash -c "touch $WORK/begun.a; exec sleep 100" 2>"$WORK/err.a" &
one=$!
at b "$LOKT" guard issue:2 --ttl 10s -- bash -c "touch $WORK/begun.b; exec sleep 100" 2>"$WORK/err.b" &
two=$!
also_kill "$one" "$two"
one_ended() {
	process_lives "$one" && process_lives "$two" && return 1
	return 0
}
if wait_until 2 test -e "$WORK/begun.a" && wait_until 2 test -e "$WORK/begun.b"; then
	wait_until "$LATER" one_ended || fail 'both guards go on'
	cat "$WORK/err.a" "$WORK/err.b" | grep -q 'lost lock "issue:2"' || fail 'no guard says so'
	process_lives "$one" || process_lives "$two" || fail 'both guards were ended'
fi
kill "$one" "$two" 2>/dev/null || true

# without the remote
mv "$REMOTE" "$WORK/away.git"
took=$(at a took_ms claim issue:3)
assert_eq "$(<"$WORK/status")" 0 'a claim without the remote'
((took < 1000)) || fail "a claim took $took ms"
at a claim issue:4
at a release issue:4
mv "$WORK/away.git" "$REMOTE"
wait_until 30 is_mirrored "$REMOTE" issue:3 "$(at a lock_id issue:3)" || fail 'the remote is never told'
wait_until 30 at b is_held issue:3 || fail 'b never sees it'
not has_ref "$REMOTE" issue:4 || fail 'released, and on the remote'

#!/bin/bash
# slow 45
# Two clones claim the same apart: whoever is first on the remote keeps it, whichever syncs first
# and however often. The loser's lease is gone, audited and listed; the winner's stands there.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

two_clones
# no_other_ref CLONE RESOURCE ID: what lost is no ref any more
no_other_ref() {
	not has_ref "$WORK/$1" "$2" || is_mirrored "$WORK/$1" "$2" "$3"
}
# agree RESOURCE ID: both sides, the remote, and the refs
agree() {
	local dir
	for dir in a b; do
		soon at "$dir" holds "$2" "$1"
		soon no_other_ref "$dir" "$1" "$2"
	done
	is_mirrored "$REMOTE" "$1" "$2" || fail "the remote has another $1"
}
# lost CLONE RESOURCE ID: of its lease that was revoked
lost() {
	at "$1" audit_has conflict "$2" || fail "$1: no conflict in the audit trail"
	at "$1" audit_has import "$2" || fail "$1: no import in the audit trail"
	jq -c --arg id "$3" 'select(.event == "conflict" and .lock_id == $id)' \
		"$(root_of "$1")/audit.log" | grep -q . || fail "$1: another lease was in conflict"
	assert_match "$(at "$1" conflict_on "$2")" "$3" "$1: the conflicts"
}

# in either order
for order in 'a b' 'b a'; do
	read -r first second <<<"$order"
	name=issue:$first
	at a claim "$name"
	at b claim "$name"
	ours=$(at "$first" lock_id "$name")
	theirs=$(at "$second" lock_id "$name")
	sync_all "$first"
	assert_eq "$SYNC_STATUS" 0 "the winner's sync"
	sync_all "$second"
	assert_eq "$SYNC_STATUS" 4 "the loser's sync"
	agree "$name" "$ours"
	lost "$second" "$name" "$theirs"
	assert_eq "$(at "$first" conflict_on "$name")" '' "the winner's conflicts"
	not at "$first" audit_has conflict "$name" || fail 'a conflict is noted where it was won'
	assert_eq "$(at "$second" field "$name" host)" "host-$first" "the winner's host"
	at "$second" is_busy "$name"
	# again, both: nothing changes
	for clone in "$second" "$first" "$second"; do
		sync_all "$clone"
		assert_eq "$SYNC_STATUS" 0 "another sync in $clone"
	done
	agree "$name" "$ours"
done

# at once
for round in {1..10}; do
	name=issue:$round
	at a claim "$name"
	at b claim "$name"
	ids=("$(at a lock_id "$name")" "$(at b lock_id "$name")")
	sync_all a &
	one=$!
	sync_all b &
	wait "$one" || fail "round $round: sync in a"
	wait $! || fail "round $round: sync in b"
	sync_all a b
	winner=$(ref_field "$REMOTE" "$name" nonce)
	[[ " ${ids[*]} " == *" $winner "* ]] || fail "round $round: a stranger won"
	agree "$name" "$winner"
	if [[ $winner == "${ids[0]}" ]]; then lost b "$name" "${ids[1]}"; else lost a "$name" "${ids[0]}"; fi
done

# what overlaps is a conflict too: the second one's is revoked, not the first one's
at a claim path:src
at b claim path:src/main.c
id=$(at b lock_id path:src/main.c)
sync_all a b
soon at b is_held path:src
soon at b not is_held path:src/main.c
assert_match "$(at b conflict_on path:src/main.c)" "$id" 'the conflict of an overlap'
sync_all a
at a is_held path:src
at a not is_held path:src/main.c
not has_ref "$REMOTE" path:src/main.c || fail 'the remote has both'

# conflicts as a document
at b grite_lock status --json | jq -e '.ok and (.data.conflicts | length > 1) and
	(.data.conflicts | all(has("resource") and has("ours") and has("theirs")))' >/dev/null ||
	fail "the document: $(at b grite_lock status --json)"

#!/bin/bash
# lokt gc: refs that have expired past the skew are deleted, here and on the remote; live ones,
# those that may yet be live by another clock, and what is no lock stay.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

make_remote
make_clone a
mount_clone a remote=origin,skew=5s
dir=$WORK/a

fill() {
	put_lock "$1" issue:old "$(in_ms -60000)"
	put_lock "$1" issue:older "$(in_ms -86400000)"
	put_lock "$1" issue:perhaps "$(in_ms -1000)"
	put_lock "$1" issue:live "$(in_ms 600000)"
	put_json "$1" "$(ref_of issue:junk)" <<<'no json'
}
fill "$dir"
fill "$REMOTE"
at a claim issue:mine
soon has_ref "$dir" issue:mine
at a grite_lock gc --json >"$WORK/document"
jq -e '.ok and .data.removed >= 2 and .data.kept >= 2' "$WORK/document" >/dev/null || fail "gc says $(<"$WORK/document")"
for place in "$dir" "$REMOTE"; do
	not has_ref "$place" issue:old || fail "issue:old stays in $place"
	not has_ref "$place" issue:older || fail "issue:older stays in $place"
	has_ref "$place" issue:live || fail "issue:live went from $place"
	has_ref "$place" issue:junk || fail "what is no lock went from $place"
done
has_ref "$REMOTE" issue:perhaps || fail 'deleted within the skew'
has_ref "$dir" issue:mine || fail "our own went"
at a is_held issue:mine

# again: nothing to do
at a grite_lock gc --json | jq -e '.ok and .data.removed == 0' >/dev/null || fail 'gc repeats itself'

# without the remote it says so, and does what it can here
put_lock "$dir" issue:old2 "$(in_ms -60000)"
mv "$REMOTE" "$REMOTE.away"
status=0
at a "$LOKT" gc --json >"$WORK/document" 2>/dev/null || status=$?
if [[ $status == 0 ]]; then
	jq -e .ok "$WORK/document" >/dev/null || fail "gc says $(<"$WORK/document")"
else
	jq -e '.ok == false and .error.code == "git_error"' "$WORK/document" >/dev/null || fail "gc says $(<"$WORK/document")"
fi
mv "$REMOTE.away" "$REMOTE"
at a "$LOKT" gc >/dev/null
not has_ref "$dir" issue:old2
has_ref "$dir" issue:live

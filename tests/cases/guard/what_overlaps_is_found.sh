#!/bin/bash
# The check of the cases about exclusion itself: it fails on each fault that is planted.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"
. "$(dirname "$0")/../../lib/intervals.sh"

# finds WHAT COUNT 'MODES' <NOTES
finds() {
	cat >"$WORK/planted"
	# shellcheck disable=SC2086 # words
	not judge "$WORK/planted" "$2" $3 >"$WORK/said" || fail "accepted: $(<"$WORK/planted")"
	assert_match "$(<"$WORK/said")" "$1" 'what it says'
}

good='path:src 100 200 5
path:src 200 300 6
path:src%2Fa 310 320 7
path:srcx 310 330 8
repo:all 340 350 9'
judge - 5 overlaps <<<"$good" || fail 'a good one is refused'

finds 'overlap: path:src 299' 6 overlaps <<<"$good"$'\npath:src 299 301 10'
finds 'overlap: path:src 150' 6 '' <<<"$good"$'\npath:src 150 160 10'
finds 'overlap: path:src%2Fb 299' 6 overlaps <<<"$good"$'\npath:src%2Fb 299 301 6'
finds 'overlap: path:src 319' 6 overlaps <<<"$good"$'\npath:src 319 321 8'
finds 'overlap: path:lib 345' 6 overlaps <<<"$good"$'\npath:lib 345 346 10'
# one that a longer one hides behind a shorter one
finds 'overlap: a 170' 3 '' <<<$'a 100 200 1\na 150 160 2\na 170 180 3'
finds 'token: a 300' 2 '' <<<$'a 100 200 2\na 300 400 1'
finds 'token: a 300' 2 '' <<<$'a 100 200 2\na 300 400 2'
finds 'token: a 300' 2 '- joined' <<<$'a 100 200 2\na 300 400 1'
finds '5 notes, expected 6' 6 overlaps <<<"$good"
finds 'no note: a 100' 1 '' <<<'a 100'

# the command that notes: alone without a fault, and never two of one name
touch "$MNT/x"
"$INTERVAL" "$WORK" "$MNT/x" 1000 || fail 'a lone command finds a fault'
judge_notes 1
exec {inside}<>"$WORK/inside.x"
flock -n "$inside"
not "$INTERVAL" "$WORK" "$MNT/x" || fail 'two commands at once are not found'
exec {inside}>&-
not "$INTERVAL" "$WORK" "$MNT/y" || fail 'a lock that is not held is not found'
assert_eq "$(paste -sd , "$WORK/faults")" 'two at once in x,not held: y' 'the faults'
not test -e "$WORK/notes" || fail "it noted: $(<"$WORK/notes")"

#!/bin/bash
# The check of the cases about exclusion itself: it fails on each fault that is planted.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

# finds WHAT COUNT <NOTES
finds() {
	cat >"$WORK/planted"
	not judge "$WORK/planted" "$2" >"$WORK/said" || fail "accepted: $(<"$WORK/planted")"
	grep -q "^$1" "$WORK/said" || fail "it says '$(<"$WORK/said")', expected '$1'"
}

good='issue:1 100 200 5 a
issue:1 200 300 32 b
path:src 250 320 6 a
path:src/a 320 330 33 b
path:srcx 320 330 7 c
issue:1 300 330 7 a
repo:all 330 340 8 c'
judge - 7 <<<"$good" || fail 'a good one is refused'
judge - <<<"$good" || fail 'a good one is refused without a count'

finds 'overlap: issue:1 299' 8 <<<"$good"$'\nissue:1 299 301 40 b'
finds 'overlap: path:src/b 319' 8 <<<"$good"$'\npath:src/b 319 320 40 b'
finds 'overlap: path:src 325' 8 <<<"$good"$'\npath:src 325 326 40 b'
finds 'overlap: issue:2 335' 8 <<<"$good"$'\nissue:2 335 336 40 b'
finds 'overlap: repo:all 330' 8 <<<"$good"$'\nissue:3 100 331 1 d'
# one that a longer one hides behind a shorter one
finds 'overlap: x 170' 3 <<<$'x 100 200 1 a\nx 150 160 2 b\nx 170 180 3 c'
finds 'token: x 300' 2 <<<$'x 100 200 2 a\nx 300 400 1 a'
finds 'token: x 300' 2 <<<$'x 100 200 2 a\nx 300 400 2 a'
judge - 2 <<<$'x 100 200 2 a\nx 300 400 1 b' || fail 'tokens of two clones are compared'
finds '7 notes, expected 8' 8 <<<"$good"
finds 'no note: x 100' 1 <<<'x 100'
finds 'no note: x 200' 1 <<<'x 200 100 1 a'

# the notes themselves: of a file that stands all the time, and only then
MNT=$WORK
: >"$WORK/x"
note=$(note_hold x a 1000) || fail 'what is held is not noted'
assert_match "$note" "^x [0-9]+ [0-9]+ $(stat -c %i "$WORK/x") a\$"
read -r _ begin end _ <<<"$note"
((end - begin >= 1000)) || fail "held for 1000 us, noted $((end - begin))"
not note_hold y a 1 || fail 'what is not held is noted'
note_hold x a 500000 >"$WORK/late" &
nap 0.1
rm "$WORK/x"
not wait $! || fail 'what was lost meanwhile is noted'
: >"$WORK/x"
note_hold x a 500000 >"$WORK/late" &
nap 0.1
: >"$WORK/x.new"
mv "$WORK/x.new" "$WORK/x"
not wait $! || fail "another's lease is noted as ours"

# the rivals, where nothing keeps them apart
unset MNT
ATTEMPTS=20
SHARED=off
. "$(dirname "$0")/../../lib/rivals.sh"
start_rivals
run_rivals
cat "$WORK"/held.* >"$WORK/held"
not judge "$WORK/held" >"$WORK/said" || fail 'five clones without strict are found exclusive'
grep -q '^overlap' "$WORK/said" || fail "no overlap is found: $(<"$WORK/said")"

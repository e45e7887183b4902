#!/bin/bash
# The bench's table: ratios of what was given, aims met or not, a dash for what was not measured.
. "$(dirname "$0")/../../lib/case.sh"

# key, count, least, 10 %, median, 90 %, most
cat >"$WORK/stats" <<'STATS'
base 3 900 900 1000 2000 2000
much 3 90000 90000 104740 200000 200000
little 3 1000 1000 1200 1500 1500
half 3 400 450 500 550 600
STATS
# group, key, unit, label, base, against, aim
printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' \
	g much us 'far above' base tmpfs '<=2.6' \
	g little us 'within' '0.5*base+600' 'a sum' '<=1.3' \
	g half us 'below' base tmpfs '>=0.6' \
	g little us 'alone' - '' '<=1.5' \
	g absent us 'absent' base tmpfs '<=1' \
	g much us 'nothing to compare with' absent tmpfs '<=1' >"$WORK/rows"

# table FORM
table() {
	awk -v form="$1" -v groups=. -v machine=here -f "$TESTS/bench/table.awk" \
		"$WORK/stats" "$WORK/rows"
}

# row NAME: its words
row() {
	table text | sed -n "s/^  $1 *//p" | tr -s ' ' | sed 's/ $//'
}

assert_eq "$(row 'far above')" '104.7 90 90 200 us 104.74x 100.00 <=2.6 no tmpfs'
assert_eq "$(row within)" '1.20 1 1 1.50 us 1.09x 0.95 <=1.3 yes a sum'
assert_eq "$(row below)" '0.500 0.400 0.450 0.550 us 0.50x 0.44 >=0.6 no tmpfs'
assert_eq "$(row alone)" '1.20 1 1 1.50 us <=1.5 yes'
assert_eq "$(row absent)" '- - - - us x <=1 tmpfs'
assert_eq "$(table json | jq -c '[.lines[] | .met]')" '[false,true,false,true,false,false]'
assert_eq "$(table json | jq -c '.lines[4:] | map([.median, .ratio])')" '[[null,null],[104740,null]]'
assert_eq "$(table markdown | tail -n 6 | head -n 1)" \
	'| far above | 104.7 | 90 | 90 | 200 | us | 104.74 × tmpfs | 100.00 | ≤ 2.6 | no |'

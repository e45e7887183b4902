#!/bin/bash
# Each block and table of the document is named by a case beside this one.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

# calls_name 'HEADING' 'WHAT FOLLOWS' FUNCTION…: as a case quotes it.
calls_name() {
	local heading=${1//\`/\\\`} after=$2
	shift 2
	heading=$(sed 's/[][\\.*^$+?(){}|/]/\\&/g' <<<"$heading")
	grep -qE "($(printf '%s\n' "$@" | paste -sd '|')) .*['\"]${heading}['\"]$after" \
		"$TESTS"/cases/seed-lokt/*.sh
}

blocks=0
while IFS=$'\t' read -r heading number; do
	blocks=$((blocks + 1))
	after=" $number"
	[[ $number != 1 ]] || after='( 1|$|\)| \|)'
	calls_name "$heading" "$after" snippet snippet_commands snippet_script ||
		fail "no case runs the snippet '$heading' $number"
done < <(snippet_list bash)
assert_eq "$blocks" 20 'the number of bash blocks'
calls_name 'Git Push Serialization' ' 1 ini' snippet || fail 'no case uses the alias'

tables=0
while read -r heading; do
	tables=$((tables + 1))
	calls_name "$heading" '\)' seed_table || fail "no case reads the table '$heading'"
done < <(awk 'sub(/^##+ /, "") { heading = $0 } /^\|---/ { print heading }' "$SEED")
assert_eq "$tables" 4 'the number of tables'

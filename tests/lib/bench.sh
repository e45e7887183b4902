# shellcheck shell=bash
# For cases that run the bench in its shortest form: no figure decides, but each must be there.
# Sourced after case.sh.

fuse_is_there || skip 'no /dev/fuse or no fusermount3'

# bench GROUP-PATTERN ARGUMENTS…: its table is in $WORK/table, as JSON in $WORK/json
bench() {
	"$TESTS/bench/run" --quick --bin "$BIN" --json "$WORK/json" --only "^($1)$" "${@:2}" \
		>"$WORK/table" 2>"$WORK/progress" || fail "status $?: $(<"$WORK/progress")"
	jq -e . "$WORK/json" >/dev/null || fail "no JSON: $(<"$WORK/json")"
}

# all_have KEY FILTER: each line that the filter chooses has a number there
all_have() {
	local without
	without=$(jq -r ".lines[] | select($2) | select(.$1 | type != \"number\") | .key" "$WORK/json")
	[[ -z $without ]] || fail "no $1: $without"
}

# all_measured GROUP…: those are the groups, in that order, and each of their lines has figures
all_measured() {
	local count
	assert_eq "$(jq -r '[.lines[].group] | unique | join(" ")' "$WORK/json")" "$*" 'groups'
	all_have median true
	all_have p90 true
	all_have ratio 'has("against")'
	count=$(jq '.lines | length' "$WORK/json")
	assert_eq "$(grep -cE '^  .*[^ ] +([0-9.]+ +){4}' "$WORK/table")" "$count" \
		'lines with figures in the table'
}

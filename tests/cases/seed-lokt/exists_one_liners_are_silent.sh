#!/bin/bash
# exists, and status with its output thrown away, both end the script when it is held.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

round() {
	local line lines
	mapfile -t lines < <(snippet_commands "Why \`exists\` Instead of \`status\`")
	assert_eq "${#lines[@]}" 2 'the number of one-liners'
	for line in "${lines[@]}"; do
		line="COMMIT=abc; $line"$'\necho went on'
		gets 0 1 "$line"
		assert_eq "$(<"$WORK/out.1")$(<"$WORK/err.1")" 'went on' "the output of '$line', free"
		gets 0 2 'lokt lock lint-passed-abc --ttl 24h'
		gets 0 1 "$line"
		assert_eq "$(<"$WORK/out.1")$(<"$WORK/err.1")" '' "the output of '$line', held"
		gets 0 2 'lokt unlock lint-passed-abc'
	done
	gets 3 1 'lokt exists lint-passed-abc'
	gets 3 1 'lokt status lint-passed-abc'
}

# What the table says of them: one prints the lock's details, the other nothing.
table() {
	local output command
	lokt lock name >/dev/null
	while IFS=$'\t' read -r command output _; do
		case $output in
		'Prints lock details') assert_match "$($command)" 'name' "$command" ;;
		'Silent, exit code only') assert_eq "$($command 2>&1)" '' "$command" ;;
		*) fail "the table says '$output'" ;;
		esac
	done < <(seed_table "Why \`exists\` Instead of \`status\`")
	assert_eq "${command%% *}${output:-}" '' 'the end of the table'
	lokt unlock name >/dev/null
}

seed_start
table
as_each_party round

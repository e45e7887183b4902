#!/bin/bash
# lock, work and unlock one after another, in one script or in a shell each: nobody else gets in.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

# Sets lines: the snippet's lock and its work, and what its trap does.
set_lines() {
	local trap_command
	mapfile -t lines < <(snippet_commands 'Trap Pattern for Manual Locks' 1 | grep -v '^set')
	assert_eq "${#lines[@]}" 3 'the number of steps'
	trap_command=${lines[1]#"trap '"}
	lines=("${lines[0]}" "${lines[2]}" "${trap_command%"' EXIT"}")
}

others_stay_out() {
	local n
	for n in 2 3; do
		gets 2 "$n" "${lines[0]}"
		gets 2 "$n" 'lokt guard deploy -- ./scripts/deploy.sh intruder'
		if [[ $PARTY != shared ]]; then
			gets 4 "$n" "${lines[2]}"
		fi
	done
	assert_held deploy
}

in_one_script() {
	gate_shut
	begins 1 "${lines[0]} && ${lines[1]} && ${lines[2]}"
	begun 1 'deploy.sh'
	others_stay_out
	gate_open
	ends 0 1
}

in_shells_of_their_own() {
	gets 0 1 "${lines[0]}"
	others_stay_out
	gets 0 1 "${lines[1]}"
	others_stay_out
	gets 0 1 "${lines[2]}"
}

round() {
	in_one_script
	assert_free deploy
	if [[ $HOW == agent ]]; then
		in_shells_of_their_own
		assert_free deploy
	fi
	ran 0 'deploy.sh intruder'
}

seed_start
set_lines
stub scripts/deploy.sh
as_each_party round

#!/bin/bash
# The case over $? takes its branches, and every row of the table has an instance.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

round() {
	gets 0 1 ./deploy.sh
	said 1 'Lock acquired, proceeding\.\.\.$'
	assert_held deploy
	assert_eq "$(field deploy ttl_sec)" 1800 'the TTL'
	gets 0 1 ./deploy.sh
	assert_eq "$(<"$WORK/out.1")" 'Deploy in progress, exiting'
	gets 0 2 ./deploy.sh
	assert_eq "$(<"$WORK/out.2")" 'Deploy in progress, exiting'
	gets 1 2 'LOKT_ROOT=/dev/null/none ./deploy.sh'
	said 2 'Unexpected error$'
	each_row
}

each_row() {
	local code meaning
	while IFS=$'\t' read -r code meaning _; do
		case $meaning in
		Success) gets "$code" 1 'lokt exists deploy' ;;
		'General error') gets "$code" 1 'LOKT_ROOT=/dev/null/none lokt lock deploy' ;;
		'Lock held by another') gets "$code" 2 'lokt lock deploy' ;;
		'Lock not found') gets "$code" 2 'lokt unlock none' ;;
		'Not lock owner') a_stranger_gets "$code" ;;
		*) fail "the table says '$meaning'" ;;
		esac
	done < <(seed_table 'Exit Code Handling')
	assert_free none
}

# What the table tells to do about it, too.
a_stranger_gets() {
	fails_with "$1" 'owned by' as_agent stranger 'LOKT_OWNER=stranger lokt unlock deploy'
	assert_held deploy
	as_agent stranger 'LOKT_OWNER=stranger lokt unlock deploy --force' >/dev/null
	assert_free deploy
}

seed_start
stranger_start stranger
snippet_script deploy.sh 'Exit Code Handling'
as_each_party round

#!/bin/bash
# The marker outlives the script that made it, for everybody, and belongs to one commit.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

# In one script, or each command in a shell of its own.
by_lines() {
	local lines
	mapfile -t lines < <(snippet_commands 'Basic Pattern' | sed -n '/^go/,$p')
	assert_eq "${#lines[@]}" 2 'the commands after the check'
	gets 0 1 "${lines[0]}"
	gets 0 1 "COMMIT=$COMMIT; ${lines[1]}"
}

round() {
	new_commit
	gets 0 1 ./cached-test.sh
	ran 1 'go test ./\.\.\.$'
	assert_leases "tests-passed-$COMMIT"
	assert_eq "$(field "tests-passed-$COMMIT" ttl_sec)" 86400 'the TTL of the marker'
	for n in 1 2 3; do
		gets 0 "$n" ./cached-test.sh
		assert_eq "$(<"$WORK/out.$n")" "Tests already passed for $COMMIT"
		assert_eq "$(<"$WORK/err.$n")" ''
	done
	ran 1 'go test'
	new_commit
	by_lines
	ran 2 'go test'
	gets 0 2 ./cached-test.sh
	ran 2 'go test'
}

seed_start
snippet_script cached-test.sh 'Basic Pattern'
as_each_party round

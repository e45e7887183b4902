#!/bin/bash
# A shard runs once a commit and never twice at once; one that failed is not taken for done.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

round() {
	new_commit
	gate_shut
	begins 1 ./combined.sh
	begins 2 'CI_NODE_INDEX=2 ./combined.sh'
	begun 2 'go test'
	assert_leases test-shard-1 test-shard-2
	gets 2 3 ./combined.sh
	gate_open
	ends 0 1
	ends 0 2
	assert_leases "test-shard-1-$COMMIT" "test-shard-2-$COMMIT"
	assert_eq "$(field "test-shard-1-$COMMIT" ttl_sec)" 86400 'the TTL of the marker'
	for n in 1 2 3; do
		gets 0 "$n" 'CI_NODE_INDEX=2 ./combined.sh'
		assert_eq "$(<"$WORK/out.$n")" "Shard 2 already passed for $COMMIT"
	done
	ran 2 'go test'
	fails 'go test'
	gets 9 1 'CI_NODE_INDEX=3 ./combined.sh'
	gets 9 2 'CI_NODE_INDEX=3 ./combined.sh'
	ran 4 'go test'
	assert_leases "test-shard-1-$COMMIT" "test-shard-2-$COMMIT"
	rm "$WORK/fails"
	new_commit
	gets 0 3 ./combined.sh
	ran 5 'go test'
}

seed_start
snippet_script combined.sh 'Combining Patterns'
as_each_party round

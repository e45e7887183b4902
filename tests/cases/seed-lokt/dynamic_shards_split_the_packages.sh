#!/bin/bash
# Each package is tested in one shard, shards run side by side, and none of them twice.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

packages_tested() {
	sed -n 's/^begin.* go test //p' "$RUNS" | tr ' ' '\n' | sort
}

round() {
	local shard
	gate_shut
	for shard in 0 1 2; do
		begins $((shard + 1)) "./test-shard.sh $shard 3"
	done
	begun 3 'go test'
	assert_leases test-shard-0 test-shard-1 test-shard-2
	gets 2 4 './test-shard.sh 1 3'
	gate_open
	for shard in 0 1 2; do
		ends 0 $((shard + 1))
	done
	ran 3 'go test'
	assert_eq "$(packages_tested)" "$(go list ./...)" 'the packages tested'
	fails 'go test'
	gets 9 4 './test-shard.sh 1 3'
	assert_leases
}

WORKERS=4
seed_start
snippet_script test-shard.sh 'Dynamic Sharding'
as_each_party round

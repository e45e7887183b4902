#!/bin/bash
# All passed, one failed, one held by somebody else.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

round() {
	gets 0 1 ./all-shards.sh
	assert_eq "$(<"$WORK/out.1")" 'All shards passed'
	fails 'go test ./cmd/'
	gets 1 1 ./all-shards.sh
	assert_eq "$(<"$WORK/out.1")" 'Failures: shard-1=0 shard-2=9 shard-3=0'
	rm "$WORK/fails"
	gets 0 2 'lokt lock test-shard-3'
	gets 1 1 ./all-shards.sh
	assert_eq "$(<"$WORK/out.1")" 'Failures: shard-1=0 shard-2=0 shard-3=2'
	gets 0 2 'lokt unlock test-shard-3'
	ran 3 'go test ./internal/'
	ran 3 'go test ./cmd/'
	ran 2 'go test ./pkg/'
	assert_leases
}

seed_start
snippet_script all-shards.sh 'Exit Code Aggregation'
as_each_party round

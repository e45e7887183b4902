#!/bin/bash
# Three shards at once; whoever joins, or restarts after its guard was killed, does no work twice.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

round() {
	local shard lines
	mapfile -t lines < <(snippet_commands 'Basic Pattern (3 Agents)')
	assert_eq "${#lines[@]}" 3 'the number of commands'
	gate_shut
	for shard in 1 2 3; do
		begins "$shard" "${lines[shard - 1]}"
	done
	begun 3 'go test'
	assert_leases test-shard-1 test-shard-2 test-shard-3
	assert_eq "$(field test-shard-1 ttl_sec)" 300 'the TTL of a shard'
	for shard in 1 2 3; do
		gets 2 4 "${lines[shard - 1]}"
		complained 4 "lock \"test-shard-$shard\" held by"
	done
	kill -9 "$(field test-shard-1 pid)"
	ends 137 1
	gets 2 1 "${lines[0]}"
	ran 1 'go test ./internal/'
	gate_open
	ends 0 2
	ends 0 3
	freed test-shard-1
	gets 0 1 "${lines[0]}"
	ran 2 'go test ./internal/\.\.\.$'
	ran 1 'go test ./cmd/\.\.\.$'
	ran 1 'go test ./pkg/\.\.\.$'
	at_once 1 'go test ./internal'
	assert_leases
}

WORKERS=4
seed_start
as_each_party round

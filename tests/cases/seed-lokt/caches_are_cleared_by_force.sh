#!/bin/bash
# One by its name, all of a kind by jq and xargs, whoever made them; the others stay.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

round() {
	local lines
	mapfile -t lines < <(snippet_commands 'Cache Invalidation')
	assert_eq "${#lines[@]}" 2 'the number of commands'
	gets 0 1 'lokt lock tests-passed-abc123 --ttl 24h; lokt lock tests-passed-def --ttl 24h'
	gets 0 2 'lokt lock tests-of-2 --ttl 24h; lokt lock lint-abc123 --ttl 24h'
	gets 0 3 "${lines[0]}"
	assert_leases tests-passed-def tests-of-2 lint-abc123
	gets 3 3 "${lines[0]}"
	gets 0 3 "${lines[1]}"
	assert_leases lint-abc123
	gets 0 3 "${lines[1]}"
	assert_leases lint-abc123
}

seed_start
as_each_party round

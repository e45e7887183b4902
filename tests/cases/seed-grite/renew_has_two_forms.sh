#!/bin/bash
# `lokt renew NAME` extends and never creates; grite's form acquires what nobody holds.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/grite.sh"

grite_mount
says 3 '' lokt renew issue:1
assert_free issue:1
assert_match "$(lokt renew --resource issue:1 --ttl 10m)" '^Lock acquired'
assert_eq "$(field issue:1 ttl_sec)" 600 'the TTL of the claim'
says 0 'renewed lock "issue:1"' lokt renew issue:1 --ttl 20m
assert_match "$(lokt renew --resource=issue:1)" '^Lock renewed'
assert_eq "$(field issue:1 ttl_sec)" 1200 "the lock's own TTL"
assert_match "$(lokt renew issue:1 --actor "$US")" '^Lock renewed'
assert_match "$(grite lock renew issue:2)" '^Lock acquired'
id=$(field issue:2 lock_id)
grite lock renew issue:2 >/dev/null
assert_eq "$(field issue:2 lock_id)" "$id" 'the lock'

# of another's it fails, in both
stranger_start them env LOKT_OWNER=them
as_agent them "cd $REPO && grite lock acquire issue:3" >/dev/null
says 4 '' grite lock renew issue:3
says 4 '' lokt renew issue:3
# and what overlaps another's is not acquired
as_agent them "cd $REPO && grite lock acquire path:src" >/dev/null
says 4 '' grite lock renew path:src/a.c
assert_match "$(<"$WORK/stderr")" 'Error: Lock conflict
  Resource: path:src/a.c
  Owner: [0-9a-f]{32}
  Expires: .* UTC
  Overlaps: path:src'
lokt freeze issue:4 --ttl 1m >/dev/null
says 4 '' grite lock renew issue:4
assert_match "$(<"$WORK/stderr")" '^Error: Lock frozen'

# a crowd that renews what nobody holds: one lock, nobody fails
crowd() {
	local -x LOKT_OWNER=crew
	for _ in {1..20}; do
		grite lock renew issue:crowd >/dev/null || return 1
		grite lock release issue:crowd >/dev/null 2>&1 || true
	done
}
pids=()
for _ in {1..4}; do
	crowd &
	pids+=($!)
done
for pid in "${pids[@]}"; do
	wait "$pid" || fail 'a renewal failed'
done

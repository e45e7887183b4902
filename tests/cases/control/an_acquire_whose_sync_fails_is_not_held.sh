#!/bin/bash
# Through request: EIO, and nothing held when the next worker has read the journal.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/disk.sh"

mount_failing_at 2
first=$(worker_pid)
touch "$MNT/first"
refuses EIO open_both "$MNT/.lokt/request" write '{"op":"acquire","resource":"lost","ttl_ms":null}'
wait_until 10 is_new_worker "$first" || fail 'the failed sync did not end the worker'
assert_leases first
touch "$MNT/lost"

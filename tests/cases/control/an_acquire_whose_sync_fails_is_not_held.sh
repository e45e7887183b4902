#!/bin/bash
# Through request: EIO, and nothing held after the next start.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/disk.sh"

mount_failing_at 2
touch "$MNT/first"
refuses EIO open_both "$MNT/.lokt/request" write '{"op":"acquire","resource":"lost","ttl_ms":null}'
wait_until 10 not process_lives "${DAEMONS[-1]}" || fail 'the failed sync did not end the daemon'
mount_fs
assert_leases first
touch "$MNT/lost"

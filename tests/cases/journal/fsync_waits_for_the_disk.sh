#!/bin/bash
# On a creating descriptor: 0 is said once the disk has the claim; EIO where it has not, and then
# nothing is held.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/disk.sh"

mount_failing_at 2
first=$(worker_pid)
"$FSOP" create "$MNT/x" fsync close
refuses EIO create "$MNT/lost" fsync
wait_until 10 is_new_worker "$first" || fail 'the failed sync did not end the worker'
assert_leases x
slow_disk 400
begin=$(now_us)
"$FSOP" create "$MNT/y" fsync
took=$((($(now_us) - begin) / 1000))
((took >= 400)) || fail "fsync took $took ms where the disk takes 400"
"$FSOP" open_read "$MNT/x" fsync

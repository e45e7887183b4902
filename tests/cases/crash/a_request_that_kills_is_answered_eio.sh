#!/bin/bash
# A request that ends each worker that serves it: the third one's successor answers it with EIO and
# goes on. What waited meanwhile is served.
. "$(dirname "$0")/../../lib/case.sh"

[[ -x $LOKTFS_DEV ]] || skip 'no dev build'
LOKTFS=$LOKTFS_DEV
EXPECT_LOG='worker was ended by signal 6'
LOKTFS_TEST_FAULT=poison:deadly mount_fs
touch "$MNT/before"
someone_waits() {
	[[ $(<"$MNT/.lokt/queue/held") == *owner* ]]
}
exec 9>>"$MNT/held"
flock 9
flock "$MNT/held" true 9>&- &
waiter=$!
wait_until 5 someone_waits || fail 'nobody waits'
refuses EIO create "$MNT/deadly"
assert_eq "$(grep -c 'ended by signal 6' "$ROOT/daemon.log")" 3 'workers that it killed'
assert_held before held
touch "$MNT/after"
exec 9>&-
wait "$waiter" || fail 'the waiter was not served'
refuses EIO create "$MNT/deadly"
rm "$MNT/before" "$MNT/after"
assert_leases

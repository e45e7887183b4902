#!/bin/bash
# The dev build: ASan, UBSan, leaks at its end, engine checks after every step.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/session.sh"

[[ -x $LOKTFS_DEV ]] || skip 'no dev build'
LOKTFS=$LOKTFS_DEV
mount_fs
basic_session
kill_daemon
mount_fs
assert_leases d
rm "$MNT/d"
umount_fs

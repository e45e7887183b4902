#!/bin/bash
# loktfs DIR mounts where it is told; ROOT/locks leads there all the same.
. "$(dirname "$0")/../../lib/case.sh"

fuse_is_there || skip 'no /dev/fuse or no fusermount3'
mkdir "$WORK/dir"
MNT=$WORK/dir
MOUNTS+=("$MNT")
"$LOKTFS" -o "root=$ROOT" "$MNT" || fail 'does not start'
DAEMONS+=("$(daemon_pid)")
touch "$ROOT/locks/x"
assert_held x
umount_fs
fails_with 1 'No such file or directory' touch "$ROOT/locks/x"

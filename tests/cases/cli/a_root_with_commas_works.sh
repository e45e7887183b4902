#!/bin/bash
# Bytes that mean something to mount options may stand in a ROOT's path.
. "$(dirname "$0")/../../lib/case.sh"

fuse_is_there || skip 'no /dev/fuse or no fusermount3'
ROOT="$WORK/a,b=c d\\e,ttl=1s" MNT=$ROOT/mnt
export LOKT_ROOT=$ROOT
MOUNTS+=("$MNT")
"$LOKT" lock x >/dev/null || fail 'no lock'
DAEMONS+=("$(daemon_pid)")
assert_held x
"$LOKT" umount --force
[[ ! -e $ROOT/locks/. ]] || fail 'still mounted'

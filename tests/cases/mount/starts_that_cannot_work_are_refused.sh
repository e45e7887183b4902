#!/bin/bash
# Each says why on stderr, mounts nothing and leaves no daemon.
. "$(dirname "$0")/../../lib/case.sh"

refused() {
	local part=$1 status=0 output
	shift
	output=$("$LOKTFS" "$@" 2>&1) || status=$?
	[[ $status != 0 ]] || fail "loktfs $* started"
	[[ $output == *"$part"* ]] || fail "loktfs $* said '$output', expected '$part'"
	is_mounted "$MNT" && fail "loktfs $* mounted"
	return 0
}

fuse_is_there || skip 'no /dev/fuse or no fusermount3'
mkdir -p "$MNT"
refused '' -o "root=$ROOT,ttl=never" "$MNT"
refused '' -o "root=$ROOT,ttl=-1" "$MNT"
refused '' -o "root=$ROOT,max_leases=many" "$MNT"
refused '' -o "root=$ROOT,durability=some" "$MNT"
refused 'shared' -o "root=$ROOT,shared=maybe" "$MNT"
refused 'remote' -o "root=$ROOT,remote=--upload-pack=x" "$MNT"
refused 'interval' -o "root=$ROOT,interval=0" "$MNT"
refused 'skew' -o "root=$ROOT,skew=2h" "$MNT"
refused 'strict_wait' -o "root=$ROOT,strict_wait=1ms" "$MNT"
refused '' -o "root=$ROOT,no_such_option" "$MNT"
refused '' -o "root=$ROOT"
refused '' -o "root=$ROOT" "$WORK/nowhere/at/all"
touch "$MNT/plain"
refused 'empty' -o "root=$ROOT" "$MNT"
rm "$MNT/plain"
mount_fs

#!/bin/bash
# Who else serves a ROOT is said in ROOT/daemon: where that cannot be read, nobody begins.
. "$(dirname "$0")/../../lib/case.sh"

refused() {
	local status=0 output
	output=$("$LOKTFS" -o "root=$ROOT" "$MNT" 2>&1) || status=$?
	assert_match "$output" 'reading the file "daemon"' "what loktfs said ($status)"
	assert test "$status" != 0
	assert not is_mounted "$MNT"
}

fuse_is_there || skip 'no /dev/fuse or no fusermount3'
mkdir -p "$MNT"
ln -s daemon "$ROOT/daemon"
refused
rm "$ROOT/daemon"
mkdir "$ROOT/daemon"
refused
rmdir "$ROOT/daemon"
head -c 100000 /dev/zero >"$ROOT/daemon"
refused
echo 'torn {"pid":' >"$ROOT/daemon"
mount_fs

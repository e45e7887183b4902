#!/bin/bash
# slow
# Through twenty mounts and unmounts and a kill: ROOT/locks/x is a lock or it is nothing.
. "$(dirname "$0")/../../lib/case.sh"

touch_loop() {
	while :; do
		touch "$ROOT/locks/x" 2>/dev/null && rm "$ROOT/locks/x" 2>/dev/null
	done
}

no_plain_file() {
	local found
	is_mounted "$MNT" && fail 'still mounted'
	found=$(find "$ROOT" -name 'x*' 2>&1)
	[[ -z $found ]] || fail "a plain file: $found"
	[[ -L $ROOT/locks ]] || fail 'ROOT/locks is no symlink any more'
	fails_with 1 'No such file or directory' touch "$ROOT/locks/x"
}

mount_fs
umount_fs
no_plain_file
touch_loop &
also_kill $!
touch_loop &
also_kill $!
for ((i = 0; i < 20; i++)); do
	mount_fs
	wait_until 10 test -e "$ROOT/locks/." || fail 'ROOT/locks does not lead to the mount'
	nap 0.02
	wait_until 10 fusermount3 -u "$MNT" || fail 'cannot unmount'
	wait_until 10 not process_lives "${DAEMONS[-1]}" || fail 'the daemon outlives its mount'
	no_plain_file
done
mount_fs
kill_daemon
fails_with 1 '' touch "$ROOT/locks/x"
nap 0.05
umount -l "$MNT"
no_plain_file

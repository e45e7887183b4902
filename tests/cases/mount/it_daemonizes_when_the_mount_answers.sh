#!/bin/bash
# The starter returns once touch works; the daemon has left its session and its directory.
. "$(dirname "$0")/../../lib/case.sh"

for ((i = 0; i < 20; i++)); do
	mount_fs
	"$FSOP" create "$MNT/x$i" close >/dev/null || fail "start $i: the mount did not answer at once"
	fusermount3 -u "$MNT" || fail "start $i: cannot unmount"
	wait_until 10 not process_lives "${DAEMONS[-1]}" || fail 'the daemon outlives its mount'
done
mount_fs
assert_eq "$(readlink "/proc/$(daemon_pid)/cwd")" / 'its directory'
[[ $(ps -o sid= -p "$(daemon_pid)") -ne $(ps -o sid= -p $$) ]] || fail 'it is in our session'
jq -e '.boot_id and .pid' "$ROOT/daemon" >/dev/null || fail "ROOT/daemon: $(cat "$ROOT/daemon")"
assert_eq "$(readlink "$ROOT/locks")" mnt/.lokt/here 'ROOT/locks'

#!/bin/bash
# Clean and not: everything about a lease is as before, byte for byte.
. "$(dirname "$0")/../../lib/case.sh"

snapshot_of_all() {
	local name
	for name in x y z .lokt/freezes/f; do
		cat "$MNT/$name"
		stat -c '%n %i %s %u %a' "$MNT/$name"
	done
}

mount_fs
LOKT_OWNER=somebody touch "$MNT/x"
echo '{"ttl":"2h","note":"kept"}' >"$MNT/y"
echo '{"ttl":null}' >"$MNT/z"
touch -d '+1 hour' "$MNT/.lokt/freezes/f"
touch "$MNT/gone"
token=$(field gone fencing_token)
rm "$MNT/gone"
before=$(snapshot_of_all)
umount_fs
mount_fs
assert_eq "$(snapshot_of_all)" "$before" 'after a clean restart'
kill_daemon
mount_fs
assert_eq "$(snapshot_of_all)" "$before" 'after a kill'
assert_leases x y z
touch "$MNT/new"
(($(field new fencing_token) > token)) || fail "token $(field new fencing_token) after $token"
rm "$MNT/x" "$MNT/y" "$MNT/z" "$MNT/.lokt/freezes/f"
assert_free x y z

#!/bin/bash
# With the capabilities that the system unit leaves it, and without new privileges, the daemon
# mounts, serves another user, reads that one's environment and ends.
. "$(dirname "$0")/../../lib/case.sh"

fuse_is_there || skip 'no /dev/fuse or no fusermount3'
[[ $(id -u) == 0 ]] || skip 'only root has capabilities to leave off'
command -v setpriv >/dev/null || skip 'no setpriv'

UNIT=$TESTS/../cli/packaging/systemd/loktfs@.service.in
grep -q '^NoNewPrivileges=yes' "$UNIT" || fail 'new privileges are let in'
kept=$(sed -n 's/^CapabilityBoundingSet=//p' "$UNIT" | tr 'A-Z ' 'a-z\n' | sed 's/^cap_/+/' | paste -sd ,)
assert_match "$kept" '\+sys_admin' 'what it keeps'

cat >"$WORK/loktfs" <<END
#!/bin/bash
exec setpriv --no-new-privs --bounding-set=-all,$kept $LOKTFS "\$@"
END
chmod +x "$WORK/loktfs"
chmod 755 "$WORK"
LOKTFS=$WORK/loktfs mount_fs allow_other
assert_match "$(grep CapEff "/proc/$(daemon_pid)/status")" '[0-9a-f]*[1-9a-f]' 'its capabilities'
assert_eq "$(sed -n 's/^NoNewPrivs:\t//p' "/proc/$(daemon_pid)/status")" 1 NoNewPrivs
full=$(sed -n 's/^CapEff:\t//p' /proc/self/status)
[[ $(sed -n 's/^CapEff:\t//p' "/proc/$(daemon_pid)/status") != "$full" ]] || fail 'none was left off'

touch "$MNT/a"
setpriv --reuid=12345 --regid=12345 --clear-groups env LOKT_OWNER=guest touch "$MNT/b"
assert_eq "$(field b owner)" guest "another user's owner"
assert_eq "$(stat -c %u "$MNT/b")" 12345 "another user's uid"
fails_with 1 'not permitted' setpriv --reuid=12345 --regid=12345 --clear-groups rm "$MNT/a"
flock "$MNT/c" test -e "$MNT/c"
setpriv --reuid=12345 --regid=12345 --clear-groups env LOKT_OWNER=guest rm "$MNT/b"
rm "$MNT/a"
assert_leases
umount_fs

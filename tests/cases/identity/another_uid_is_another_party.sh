#!/bin/bash
# The chain ends at the first ancestor of another uid, and no party spans two.
. "$(dirname "$0")/../../lib/case.sh"

[[ $(id -u) == 0 ]] || skip 'only root can be somebody else'
chmod 755 "$WORK"
mount_fs allow_other
other() {
	setpriv --reuid 12345 --regid 12345 --clear-groups "$@"
}

other touch "$MNT/x"
assert_eq "$(stat -c %u "$MNT/x")" 12345 uid
assert_eq "$(field x uid)" 12345 uid
touch "$MNT/mine"
fails_with 1 'Operation not permitted' rm "$MNT/x"
fails_with 1 'Operation not permitted' other rm -f "$MNT/mine"
fails_with 1 'Operation not permitted' other rm -f "$MNT/.lokt/force/locks/mine"
fails_with 1 'Operation not permitted' other touch "$MNT/.lokt/renew/mine"
rm "$MNT/.lokt/force/locks/x" # root and the mounter may
assert_free x
assert_held mine

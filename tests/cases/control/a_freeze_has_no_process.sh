#!/bin/bash
# With pid it is EINVAL, frozen is nothing, and the ROOT starts again.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
"$FSOP" open_both "$MNT/.lokt/request" \
	write "{\"op\":\"freeze\",\"resource\":\"f\",\"pid\":$$,\"ttl_ms\":60000}" read >"$WORK/answer"
assert_match "$(<"$WORK/answer")" '"ok":false.*"errno":22' 'the answer'
refuses EINVAL create "$MNT/.lokt/freezes/g" write "{\"pid\":$$}"
touch "$MNT/f" "$MNT/g"
umount_fs
mount_fs
assert_held f g
kill_daemon
mount_fs
assert_held f g
touch "$MNT/h"

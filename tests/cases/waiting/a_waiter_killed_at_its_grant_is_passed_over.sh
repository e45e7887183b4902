#!/bin/bash
# SIGKILL of a waiter around the moment of its grant, 500 times: the next one is granted.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
"$WAITERS" passover "$MNT" x 500
assert_free x

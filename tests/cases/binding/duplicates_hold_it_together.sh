#!/bin/bash
# dup, fork and a descriptor in a socket's queue hold the lease; it ends with the last of them.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
"$WAITERS" pass "$MNT" x
assert_free x
bash -c "exec 9>$MNT/x; flock 9; sleep 100 & echo \$! >$WORK/child" >/dev/null
child=$(<"$WORK/child")
also_kill "$child"
assert_held x
assert_eq "$(field x bound)" true bound
kill -9 "$child"
wait_until 2 test ! -e "$MNT/x" || fail 'the last holder is dead, and it is held'

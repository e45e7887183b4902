#!/bin/bash
# dup, fork, and a descriptor that is sent through a socket hold the lease, on its way and with its
# receiver, whatever becomes of the sender; it ends with the last of them.
. "$(dirname "$0")/../../lib/case.sh"
PASSING=${PASSING:-$BIN/../tests/passing}

mount_fs
for how in dropped exits killed unread; do
	"$PASSING" "$how" "$MNT/x" || fail "$how"
	assert_free x
done
bash -c "exec 9>$MNT/x; flock 9; sleep 100 & echo \$! >$WORK/child" >/dev/null
child=$(<"$WORK/child")
also_kill "$child"
assert_held x
assert_eq "$(field x bound)" true bound
kill -9 "$child"
wait_until 2 test ! -e "$MNT/x" || fail 'the last holder is dead, and it is held'

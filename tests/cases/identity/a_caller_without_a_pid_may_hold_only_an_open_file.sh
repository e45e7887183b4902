#!/bin/bash
# The daemon in a pid namespace of its own: everybody else calls with pid 0.
. "$(dirname "$0")/../../lib/case.sh"

fuse_is_there || skip 'no /dev/fuse or no fusermount3'
unshare -pf true 2>/dev/null || skip 'no pid namespaces here'
mkdir -p "$MNT"
MOUNTS+=("$MNT")
unshare -pf --kill-child "$LOKTFS" -f -o "root=$ROOT" "$MNT" 2>"$WORK/daemon.err" &
also_kill $!
wait_until 10 is_mounted "$MNT" || fail "no mount: $(cat "$WORK/daemon.err")"
fails_with 1 'Operation not permitted' touch "$MNT/x"
refuses EPERM create "$MNT/x"
assert_free x
mkfifo "$WORK/hold"
"$FSOP" create_read "$MNT/x" wait_stdin <"$WORK/hold" >"$WORK/held" &
exec {hold}>"$WORK/hold"
wait_until 10 grep -q waiting "$WORK/held" || fail 'the holder did not start'
assert_eq "$(head -n 1 "$WORK/held")" 'create_read ok' 'a claim by an open file'
assert_held x
exec {hold}>&-
wait_until 5 test ! -e "$MNT/x" || fail 'closed, and still held'
umount "$MNT"

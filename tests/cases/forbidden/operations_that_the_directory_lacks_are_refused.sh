#!/bin/bash
# rename, link, symlink, mkdir, mknod, chmod, chown: EPERM, and nothing has changed.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
touch "$MNT/x" "$MNT/y" "$WORK/outside"
before=$(stat -c '%n %i %a %u %g %Y %Z' "$MNT"/*)
refuses EPERM rename "$MNT/x" "$MNT/z"
refuses EPERM rename "$MNT/x" "$MNT/y"
refuses EPERM exchange "$MNT/x" "$MNT/y"
refuses EPERM link "$MNT/x" "$MNT/z"
refuses EPERM symlink target "$MNT/z"
refuses EPERM mkdir "$MNT/z"
refuses EPERM mknod "$MNT/z"
refuses EPERM mkfifo "$MNT/z"
refuses EPERM chmod "$MNT/x"
refuses EPERM chown "$MNT/x"
refuses EPERM mkdir "$MNT/.lokt/z"
refuses EPERM mknod "$MNT/.lokt/freezes/z"
refuses EPERM rename "$MNT/x" "$MNT/.lokt/freezes/x"
refuses EPERM symlink target "$MNT/.lokt/z"
for dir in renew force stale freezes; do
	"$FSOP" rmdir "$MNT/.lokt/$dir" >/dev/null && fail "rmdir .lokt/$dir"
done
"$FSOP" unlink "$MNT/.lokt/here" >/dev/null && fail 'unlink .lokt/here'
"$FSOP" unlink "$MNT/.lokt/audit.log" >/dev/null && fail 'unlink audit.log'
"$FSOP" truncate "$MNT/.lokt/audit.log" >/dev/null && fail 'truncate audit.log'
"$FSOP" create "$MNT/.lokt/new" >/dev/null && fail 'create in .lokt'
"$FSOP" setxattr "$MNT/x" >/dev/null && fail 'setxattr'
"$FSOP" tmpfile "$MNT" >/dev/null && fail 'O_TMPFILE'
fails_with 1 'Operation not permitted' mv "$MNT/x" "$MNT/z"
fails_with 1 'Operation not permitted' mkdir "$MNT/z"
assert_eq "$(stat -c '%n %i %a %u %g %Y %Z' "$MNT"/*)" "$before" 'what is there'
assert_leases x y

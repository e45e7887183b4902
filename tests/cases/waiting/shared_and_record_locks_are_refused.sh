#!/bin/bash
# LOCK_SH and POSIX record locks: EOPNOTSUPP, and nothing is held by them.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
touch "$MNT/x"
fails_with 65 'Operation not supported' flock -n -s "$MNT/x" true
fails_with 65 'Operation not supported' bash -c "exec 9>>$MNT/x; flock -s 9"
command -v python3 >/dev/null || skip 'no python3 for record locks'
fails_with 1 'Operation not supported' python3 -c "
import fcntl
fcntl.lockf(open('$MNT/x', 'a'), fcntl.LOCK_EX | fcntl.LOCK_NB)"

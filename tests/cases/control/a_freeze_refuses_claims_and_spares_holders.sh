#!/bin/bash
# EACCES for everyone, the freezer too; holders keep, renew and release.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
stranger_start other
touch "$MNT/db"
touch -d '+1 hour' "$MNT/.lokt/freezes/db"
touch "$MNT/.lokt/renew/db"
rm "$MNT/db"
fails_with 1 'Permission denied' touch "$MNT/db"
fails_with 1 'Permission denied' as_agent other 'touch $MNT/db'
assert_free db
fails_with 1 'Operation not permitted' as_agent other 'rm $MNT/.lokt/freezes/db'
fails_with 1 'Device or resource busy' as_agent other 'touch $MNT/.lokt/freezes/db'
rm "$MNT/.lokt/freezes/db"
touch "$MNT/db"
echo 1s >"$MNT/.lokt/freezes/short"
fails_with 1 'Permission denied' touch "$MNT/short"
wait_until 5 touch "$MNT/short" || fail 'the freeze does not expire'
as_agent other 'touch $MNT/.lokt/freezes/path:src'
fails_with 1 'Permission denied' touch "$MNT/path:src%2Fmain.c"
rm "$MNT/.lokt/force/freezes/path:src"
touch "$MNT/path:src%2Fmain.c"

#!/bin/bash
# busybox touches by utimensat first and opens only what is not there.
. "$(dirname "$0")/../../lib/case.sh"

command -v busybox >/dev/null || skip 'no busybox'
mount_fs
busybox touch "$MNT/x"
assert_held x
before=$(cat "$MNT/x")
fails_with 1 '' busybox touch "$MNT/x"
stranger_start other
fails_with 1 '' as_agent other 'busybox touch $MNT/x'
fails_with 1 '' as_agent other 'busybox rm -f $MNT/x'
fails_with 1 '' as_agent other 'busybox sh -c ": >$MNT/x"'
assert_eq "$(cat "$MNT/x")" "$before" 'the lease'
fails_with 0 '' busybox sh -c '[ -e $MNT/x ]'
busybox rm "$MNT/x"
assert_free x

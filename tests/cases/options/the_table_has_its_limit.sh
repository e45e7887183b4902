#!/bin/bash
# max_leases: ENOSPC, nothing held, and room again after a release.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs max_leases=3
touch "$MNT/a" "$MNT/b" "$MNT/c"
fails_with 1 'No space left on device' touch "$MNT/d"
assert_leases a b c
rm "$MNT/b"
touch "$MNT/d"
assert_leases a c d

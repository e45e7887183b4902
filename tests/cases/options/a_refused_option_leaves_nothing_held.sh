#!/bin/bash
# Who sees an error of his claim holds nothing.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
fails_with 1 'Invalid argument' touch -d yesterday "$MNT/x"
assert_free x
fails_with 1 'Invalid argument' bash -c 'echo junk > $MNT/x'
assert_free x
refuses EINVAL create "$MNT/x" futimens -10
assert_free x
refuses EINVAL create "$MNT/x" write 'junk '
assert_free x
touch "$MNT/x"
assert_held x

#!/bin/bash
# There is no re-entrance, by whatever call: each open for writing is a claim.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
touch "$MNT/x"
before=$(cat "$MNT/x")
fails_with 1 'Device or resource busy' touch "$MNT/x"
refuses EBUSY open_write "$MNT/x"
refuses EBUSY open_both "$MNT/x"
refuses EBUSY open_trunc "$MNT/x"
refuses EBUSY create "$MNT/x"
refuses EEXIST create_excl "$MNT/x"
assert_eq "$(cat "$MNT/x")" "$before" 'the lease'
rm "$MNT/x"
assert_free x
touch "$MNT/x"
assert_held x

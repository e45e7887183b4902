#!/bin/bash
# touch -d on a free name; a later touch -d by another process is no option.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
before=$(date +%s)
touch -d '+30 minutes' "$MNT/x"
expiry=$(stat -c %Y "$MNT/x")
((expiry >= before + 1799 && expiry <= before + 1802)) || fail "expires at $expiry, began $before"
assert_match "$(field x ttl_sec)" '^(1799(\.[0-9]+)?|1800)$' ttl
assert_eq "$(($(field x expires_unix_ms) / 1000))" "$expiry" 'expires_unix_ms'
touch "$MNT/default"
assert_eq "$(field default ttl_sec)" 300 'the default'
refuses EPERM utimens "$MNT/x" 7200
assert_eq "$(stat -c %Y "$MNT/x")" "$expiry" expiry
umount_fs
mount_fs ttl=90s
touch "$MNT/ninety"
assert_eq "$(field ninety ttl_sec)" 90 'the option'

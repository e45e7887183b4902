#!/bin/bash
# >> sets options on an existing lease, by a party that may release it.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
stranger_start other
touch "$MNT/x"
token=$(field x fencing_token)
echo 30m >>"$MNT/x"
assert_eq "$(field x ttl_sec)" 1800 ttl
echo '{"ttl":"1h","note":"later"}' >>"$MNT/x"
assert_eq "$(field x ttl_sec)" 3600 ttl
assert_eq "$(field x note)" later note
echo '{"note":"again"}' >>"$MNT/x"
assert_eq "$(field x note)" again note
assert_eq "$(field x ttl_sec)" 3600 'the ttl that was not written'
before=$(cat "$MNT/x")
fails_with 1 'Operation not permitted' as_agent other 'echo 1h >> $MNT/x'
assert_eq "$(cat "$MNT/x")" "$before" 'after a stranger'"'"'s append'
assert_eq "$(field x fencing_token)" "$token" token

#!/bin/bash
# touch .lokt/renew/NAME by default its own TTL; -d and text set another.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
fails_with 1 'No such file or directory' touch "$MNT/.lokt/renew/x"
assert_free x
echo 10s >"$MNT/x"
token=$(field x fencing_token)
first=$(field x expires_unix_ms)
nap 0.05
touch "$MNT/.lokt/renew/x"
second=$(field x expires_unix_ms)
((second > first && second < first + 5000)) || fail "renewed from $first to $second"
assert_eq "$(field x ttl_sec)" 10 ttl
touch -d '+1 hour' "$MNT/.lokt/renew/x"
((($(field x expires_unix_ms) - second) / 1000 > 3500)) || fail 'touch -d did not renew'
echo 2h >"$MNT/.lokt/renew/x"
assert_eq "$(field x ttl_sec)" 7200 ttl
before=$(cat "$MNT/x")
fails_with 1 '' touch -d yesterday "$MNT/.lokt/renew/x"
assert_eq "$(cat "$MNT/x")" "$before" 'after a date in the past'
fails_with 1 '' bash -c 'echo junk >$MNT/.lokt/renew/x'
assert_eq "$(cat "$MNT/x")" "$before" 'after junk'
assert_eq "$(field x fencing_token)" "$token" token

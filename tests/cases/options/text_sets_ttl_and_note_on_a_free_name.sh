#!/bin/bash
# A TTL or a JSON object, written through the creating descriptor.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
echo 30m >"$MNT/a"
assert_eq "$(field a ttl_sec)" 1800 'ttl of a'
echo '{"ttl":"30m","note":"moving häuser","agent_id":"me"}' >"$MNT/b"
assert_eq "$(field b ttl_sec)" 1800 'ttl of b'
assert_eq "$(field b note)" 'moving häuser' 'note of b'
assert_eq "$(field b agent_id)" me 'agent id of b'
printf '{"ttl":\n 90}' >"$MNT/c"
assert_eq "$(field c ttl_sec)" 90 'ttl of c'
echo '{"ttl":null}' >"$MNT/d"
assert_eq "$(field d ttl_sec)" null 'ttl of d'
assert_eq "$(field d expires_at)" null 'expiry of d'
assert_eq "$(date -u -d "@$(stat -c %Y "$MNT/d")" +%Y)" 9999 'year of d'
printf '1h30m' >"$MNT/e"
assert_eq "$(field e ttl_sec)" 5400 'ttl of e'
echo '{"note":"only"}' >"$MNT/f"
assert_eq "$(field f ttl_sec)" 300 'ttl of f'
"$FSOP" create "$MNT/g" write '{"ttl":' write '"7d"}' close >/dev/null
assert_eq "$(field g ttl_sec)" 604800 'ttl of g, in two pieces'
mtime=$(stat -c %Y "$MNT/a")
((mtime > $(date +%s) + 1790 && mtime <= $(date +%s) + 1801)) || fail "mtime $mtime"

#!/bin/bash
# .lokt: not in ls, yet there; here leads back; force and stale list nothing.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
touch "$MNT/x" "$MNT/.lokt/freezes/f"
assert_eq "$(ls "$MNT")" x ls
assert_eq "$(readlink "$MNT/.lokt/here")" .. here
assert_eq "$(ls "$MNT/.lokt/here")" x 'ls through here'
for dir in force/locks force/freezes stale; do
	assert_eq "$(ls -A "$MNT/.lokt/$dir")" '' "ls .lokt/$dir"
done
jq -e '.version == 1 and (.leases | length == 1) and .leases[0].name == "x"
	and (.freezes | length == 1) and .freezes[0].name == "f"' "$MNT/.lokt/status.json" >/dev/null ||
	fail "status.json: $(cat "$MNT/.lokt/status.json")"
token=$(field x fencing_token)
assert_eq "$(stat -c %i "$MNT/x")" "$token" 'inode number'
assert_eq "$(stat -c '%F %a' "$MNT")" 'directory 755' 'the directory'
assert_eq "$(stat -c %s "$MNT/x")" "$(wc -c <"$MNT/x")" 'its size'
assert_eq "$(stat -c '%u %g' "$MNT/x")" "$(id -u) $(id -g)" 'uid and gid'
assert_eq "$(tail -c 1 "$MNT/x" | od -An -c | tr -d ' ')" '\n' 'the last byte'
keys=$(jq -r 'keys_unsorted | join(" ")' "$MNT/x")
assert_eq "$keys" 'version name lock_id owner host pid pid_start_ns agent_id acquired_ts ttl_sec expires_at uid fencing_token bound resource nonce expires_unix_ms' keys
assert_eq "$(cat "$MNT/x")" "$(cat "$MNT/x")" 'a second reading'
assert_eq "$(field x lock_id)" "$(field x nonce)" nonce

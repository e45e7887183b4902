#!/bin/bash
# What expired meanwhile is gone at the next start, and so recorded.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
echo 1s >"$MNT/x"
touch "$MNT/y"
expiry=$(($(field x expires_unix_ms) * 1000))
kill_daemon
is_past() {
	((${EPOCHREALTIME/./} > $1))
}
wait_until 5 is_past "$expiry" || fail 'time stands still'
mount_fs
assert_free x
assert_held y
wait_until 5 grep -q '"event":"expire","name":"x"' "$ROOT/audit.log" ||
	fail 'no expire in the audit trail'

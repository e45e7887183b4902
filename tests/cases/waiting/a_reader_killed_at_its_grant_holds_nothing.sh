#!/bin/bash
# A claim that waited through request, its asker killed while the grant's sync is awaited: nobody
# was told, so nothing is held.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/disk.sh"

mount_fs
touch "$MNT/x"
"$FSOP" open_both "$MNT/.lokt/request" \
	write '{"op":"acquire","resource":"x","ttl_ms":null,"wait_ms":20000}' read >"$WORK/answer" &
asker=$!
wait_until 10 grep -q place "$MNT/.lokt/queue/x" || fail 'it does not wait'
slow_disk 1500
rm "$MNT/x"
wait_until 5 grep -q '"event":"grant"' "$ROOT/audit.log" || fail 'it was not granted'
[[ $(<"$WORK/answer") != *'"ok"'* ]] || fail 'it was answered before the disk'
kill -9 "$asker"
wait "$asker" 2>/dev/null || true
wait_until 6 not test -e "$MNT/x" || fail "it is held: $(<"$MNT/x")"
touch "$MNT/y"
assert_leases y

#!/bin/bash
# ROOT on a small tmpfs that fills up: claims fail with ENOSPC and hold nothing; reads and
# releases go on; with room again claims succeed, and a restart finds all of it.
. "$(dirname "$0")/../../lib/case.sh"

[[ $(id -u) == 0 ]] || skip 'only root can mount a tmpfs'
# shellcheck disable=SC2034 # case.sh reads it
EXPECT_LOG='No space left|ENOSPC|[Ff]ull|journal|audit|snapshot'
fill() {
	dd if=/dev/zero of="$ROOT/filler" bs=4k 2>/dev/null || true
}

mkdir -p "$ROOT"
mount -t tmpfs -o size=8m,mode=755 tmpfs "$ROOT" 2>/dev/null || skip 'no tmpfs mounts here'
LATE_MOUNTS+=("$ROOT")
mount_fs
"$LOAD" many "$MNT" kept 100
fill
# What was set aside is used up first.
output=$("$LOAD" many "$MNT" more 100000) && fail 'the disk never became full'
assert_match "$output" '^[0-9]+ ENOSPC$' 'the first refusal'
held=${output% *}
say "$held claims after the disk was full"
assert_free "more$(printf %06d "$held")"
for ((i = 0; i < 20; i++)); do
	fails_with 1 'No space left on device' touch "$MNT/refused"
	assert_free refused
	fails_with 1 'Device or resource busy' touch "$MNT/kept000000"
done
assert_held kept000000 kept000099
jq -e '.leases | length' "$MNT/.lokt/status.json" >/dev/null
"$LOAD" drop "$MNT" kept 100 || fail 'a release failed on a full disk'
assert_free kept000000 kept000099
rm "$ROOT/filler"
wait_until 5 touch "$MNT/again" || fail 'there is room, and claims still fail'
assert_held again
expected=$(find "$MNT" -maxdepth 1 -type f -printf '%f %i\n' | sort)
kill_daemon
mount_fs
assert_eq "$(find "$MNT" -maxdepth 1 -type f -printf '%f %i\n' | sort)" "$expected" 'after a restart'

#!/bin/bash
# A pidfd a holder: the soft limit of open files that the daemon was started with is not its own.
. "$(dirname "$0")/../../lib/case.sh"

HOLDERS=80
ulimit -Sn 64
mount_fs
read -r soft hard < <(sed -n 's/^Max open files *\([^ ]*\) *\([^ ]*\) .*/\1 \2/p' \
	"/proc/$(worker_pid)/limits")
assert_eq "$soft" "$hard" 'the soft limit of open files'
pids=()
for ((i = 0; i < HOLDERS; i++)); do
	sleep 1000 &
	pids+=($!)
	disown
	echo "{\"pid\":$!}" >"$MNT/held-$i"
done
all_free() {
	[[ -z $(find "$MNT" -mindepth 1 -maxdepth 1 -name 'held-*' -print -quit) ]]
}
assert_held held-0 "held-$((HOLDERS - 1))"
kill -9 "${pids[@]}"
wait_until 10 all_free || fail "still held: $(ls "$MNT")"

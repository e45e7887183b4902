#!/bin/bash
# slow
# A day's work in short cycles: leases that expire, are released, renewed, forced and waited for,
# bound to files and processes, freezes, refusals, deaths of the worker. Memory, descriptors and
# files of the daemon are in the end what they were. DAY=600 takes ten minutes.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

DAY=${DAY:-20}

descriptors() {
	descriptors_of "$(daemon_pid)" "$(worker_pid)"
}

files() {
	# the first snapshot may be due at any time
	find "$ROOT" -xdev -path "$MNT" -prune -o -type f ! -name 'audit-*' ! -name snapshot -print |
		wc -l
}

memory_kb() {
	awk '/^VmRSS/ { sum += $2 } END { print sum }' "/proc/$(daemon_pid)/status" \
		"/proc/$(worker_pid)/status"
}

# Names of its own a cycle: what is kept by name would add up.
cycle() {
	local c=$1 i holder
	for i in {0..9}; do
		echo 300ms >"$MNT/expires-$c-$i"
	done
	touch "$MNT/a-$c" "$MNT/issue:$c" "$MNT/path:src%2F$c"
	touch "$MNT/.lokt/renew/a-$c"
	"$LOAD" pairs "$MNT/pairs-$c" 200 >/dev/null
	touch -d '+1 hour' "$MNT/.lokt/freezes/f-$c"
	touch "$MNT/f-$c" 2>/dev/null && fail 'a frozen name was taken'
	touch "$MNT/a-$c" 2>/dev/null && fail 'a held name was taken'
	sleep 1000 &
	holder=$!
	echo "{\"pid\":$holder}" >"$MNT/pid-$c"
	flock "$MNT/wait-$c" true &
	flock "$MNT/wait-$c" true &
	flock -w 0.05 "$MNT/a-$c" true 2>/dev/null || true
	"$LOKT" guard "guard-$c" -- true
	kill -9 "$holder"
	wait "$holder" 2>/dev/null || true
	wait
	rm "$MNT/a-$c" "$MNT/issue:$c" "$MNT/.lokt/force/locks/path:src%2F$c" \
		"$MNT/.lokt/freezes/f-$c"
	cat "$MNT/.lokt/status.json" "$MNT/.lokt/metrics" >/dev/null
}

is_empty() {
	[[ -z $(find "$MNT" -mindepth 1 -maxdepth 1 -type f) ]]
}

# run SECONDS: that long; says how many cycles.
run() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000)) n=0
	while ((${EPOCHREALTIME/./} < end)); do
		cycle "$BASHPID-$1-$n"
		n=$((n + 1))
	done
	wait_until 10 is_empty || fail "left behind: $(find "$MNT" -mindepth 1 -maxdepth 1)"
	say "$n cycles"
}

cli_needs_fuse
mount_fs durability=os
run $((DAY / 4))
kill_worker # what the first one had grown to is given back
run $((DAY / 4))
before=("$(descriptors)" "$(files)" "$(memory_kb)")
run $((DAY / 2))
after=("$(descriptors)" "$(files)" "$(memory_kb)")
say "descriptors, files, kB before: ${before[*]}, after: ${after[*]}"
assert_eq "${after[0]}" "${before[0]}" descriptors
assert_eq "${after[1]}" "${before[1]}" files
grep -q libasan "/proc/$(worker_pid)/maps" ||
	((after[2] < before[2] + 2048)) || fail "${after[2]} kB, before ${before[2]}"

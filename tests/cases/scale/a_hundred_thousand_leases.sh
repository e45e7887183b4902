#!/bin/bash
# slow
# Acquire, list, status.json, restart: right, nowhere quadratic (the time limit is generous), and a
# lease takes under 400 bytes.
. "$(dirname "$0")/../../lib/case.sh"

N=${N:-100000}
resident() {
	awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$(worker_pid)/status"
}

# check_memory BEFORE: what each lease has added since
check_memory() {
	local each=$((($(resident) - $1) / N))
	say "$each bytes each"
	# a build with sanitizers pads every allocation
	grep -q libasan "/proc/$(worker_pid)/maps" || ((each < 400)) || fail "$each bytes each"
}

mount_fs "max_leases=200000,ttl=1h,durability=os"
before=$(resident)
"$LOAD" many "$MNT" n "$N"
check_memory "$before"
begin=$(now_us)
assert_eq "$(find "$MNT" -maxdepth 1 -type f | wc -l)" "$N" 'names listed'
# shellcheck disable=SC2012 # ls -f is what is measured
assert_eq "$(ls -f "$MNT" | sed "/^n/!d" | wc -l)" "$N" "names in ls -f"
assert_eq "$(jq '.leases | length' "$MNT/.lokt/status.json")" "$N" 'leases in status.json'
say "listed in $((($(now_us) - begin) / 1000)) ms"
touch "$MNT/one-more"
fails_with 1 'Device or resource busy' touch "$MNT/n000000"
kill_daemon
begin=$(now_us)
mount_fs "max_leases=200000,ttl=1h,durability=os"
took=$((($(now_us) - begin) / 1000))
say "restarted in $took ms"
((took < 20000)) || fail "the start took $took ms"
assert_eq "$(find "$MNT" -maxdepth 1 -type f | wc -l)" $((N + 1)) 'names after a restart'
"$LOAD" drop "$MNT" n "$N"
assert_leases one-more

#!/bin/bash
# slow
# A million leases, by hand (LONG=1): what one costs at the beginning and at the end, memory for
# each, listing, restart. CI would spend minutes on it, and has a hundred thousand.
. "$(dirname "$0")/../../lib/case.sh"

[[ ${LONG:-} == 1 ]] || skip 'takes minutes: LONG=1 runs it'
N=${N:-1000000}
OPTIONS="max_leases=$N,ttl=12h,durability=os"

rss_kb() {
	awk '/^VmRSS/ { print $2 }' "/proc/$(worker_pid)/status"
}

# cost PREFIX: µs for acquire with its release, of a thousand.
cost() {
	local begin
	begin=$(now_us)
	"$LOAD" pairs "$MNT/$1" 5000 >/dev/null
	say "$((($(now_us) - begin) / 5000))"
}

mount_fs "$OPTIONS"
"$LOAD" many "$MNT" first 1000
at_first=$(cost a)
rss=$(rss_kb)
begin=$(now_us)
"$LOAD" many "$MNT" n $((N - 1001))
say "acquired in $((($(now_us) - begin) / 1000)) ms, $((($(now_us) - begin) / N)) us each"
at_last=$(cost b)
say "a pair: $at_first us at 1000 leases, $at_last us at $((N - 1))"
say "memory: $(((($(rss_kb) - rss) * 1024) / N)) bytes a lease, $(rss_kb) kB in all"
touch "$MNT/last"
begin=$(now_us)
fails_with 1 'No space left on device' touch "$MNT/too-much"
say "the refusal at the limit: $((($(now_us) - begin) / 1000)) ms with its touch"
begin=$(now_us)
# shellcheck disable=SC2012 # ls -f is what is measured
assert_eq "$(ls -f "$MNT" | sed '/^\./d' | wc -l)" "$N" 'names in ls -f'
say "ls -f: $((($(now_us) - begin) / 1000)) ms"
rm "$MNT/last"
((at_last < 10 * at_first + 200)) || fail "a pair costs $at_last us, $at_first at first"
kill_daemon
begin=$(now_us)
mount_fs "$OPTIONS"
say "restarted in $((($(now_us) - begin) / 1000)) ms"
assert_eq "$(find "$MNT" -maxdepth 1 -type f | wc -l)" $((N - 1)) 'names after a restart'
begin=$(now_us)
"$LOAD" drop "$MNT" n $((N - 1001))
say "released in $((($(now_us) - begin) / 1000)) ms"
say "files: $(du -sh --exclude=mnt "$ROOT" | cut -f 1)"

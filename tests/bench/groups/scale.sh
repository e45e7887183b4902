# shellcheck shell=bash
# Does size show? Each size has a mount of its own, beside one with a thousand leases that takes
# turns with it.

BURST_MAX=100000

sizes() {
	local size
	for ((size = 1000; size <= MAX; size *= 10)); do
		say "$size"
	done
}

resident() {
	awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$(worker_pid)/status"
}

fill() {
	local before said
	before=$(resident)
	said=$("$LOAD" many "$MNT" n "$1")
	sample "fill.$1" "$(awk -v n="$1" '{ printf "%.1f", $3 * 1e9 / n }' <<<"$said")"
	sample "memory.$1" $((($(resident) - before) / $1))
}

restart() {
	local since
	kill_daemon
	since=$(now_us)
	mount_fs "$OPTIONS"
	sample "restart.$1" $((($(now_us) - since) * 1000))
}

# So many leases more, which expire within a second, then as many in one moment.
bursts() {
	local count=$(($1 < BURST_MAX ? $1 : BURST_MAX))
	"$TOOLS/burst" "second.$1" "$MNT" "$count" 1000 >>"$SAMPLES"
	"$TOOLS/burst" "moment.$1" "$MNT" "$count" 0 >>"$SAMPLES"
}

measure_size() {
	OPTIONS="durability=os,max_leases=$(($1 + 2 * BURST_MAX)),ttl=12h"
	say "  $1 leases" >&2
	mount_root "scale.$1" "$OPTIONS"
	fill "$1"
	take 200 "small.$1=10:pair:$SMALL/x" "pair.$1=10:pair:$MNT/x" \
		"sweep.$1=100:sweep-$1:$MNT/n" "free.$1=100:access:$MNT/free" \
		"renew.$1=10:renew:$MNT/.lokt/renew/n$(printf %06d $(($1 / 2)))"
	take 10 "list.$1=1:run:/bin/ls -f $MNT"
	restart "$1"
	bursts "$1"
	end_root
	rm -rf --one-file-system "$ROOT"
}

measure_scale() {
	local size
	mount_root small durability=os,ttl=12h
	SMALL=$MNT
	"$LOAD" many "$SMALL" n 1000 >/dev/null
	for size in $(sizes); do
		measure_size "$size"
	done
	use_root small
	end_root
	quantiles >"$STATS"
	awk -f "$BENCH/plot.awk" "$STATS" >"$WORK/scale.svg"
}

rows_scale() {
	local size
	for size in $(sizes); do
		row "fill.$size" us "$size leases: acquire, on the way there"
		row "pair.$size" us '  acquire and release' "small.$size" 'a thousand' '<=1.3'
		row "sweep.$size" us '  access(), each held name'
		row "free.$size" us '  access(), a free name'
		row "renew.$size" us '  renew'
		row "list.$size" ms '  ls -f' - '' '<=2000'
		row "restart.$size" ms '  start after a kill' - '' '<=5000'
		row "memory.$size" B '  resident memory a lease' - '' '<=400'
		size_of_burst "$size"
	done
}

size_of_burst() {
	local count=$(($1 < BURST_MAX ? $1 : BURST_MAX)) kind
	row "second.$1.before" ms '  slowest acquire, nothing expiring'
	row "second.$1.during" ms "  slowest acquire, $count expire in a second" - '' '<=10'
	row "moment.$1.during" ms "  slowest acquire, $count expire in one moment" - '' '<=10'
	for kind in second moment; do
		row "$kind.$1.late" ms "  their last is gone so late ($kind)"
	done
}

# shellcheck shell=bash
# Walks a worker's faults (fs/host/fault.h): the same work again and again, each time with the fault
# at the next point, until the work comes to its end without reaching it. STRIDE=1 visits every
# point, otherwise every STRIDEth, from START or one of the first on; KINDS chooses among the kinds.
# Sourced after case.sh.

POINTS_MAX=4000

# Where the journal has an event and memory for it is out, the worker ends itself.
is_clean() {
	not grep -qE 'AddressSanitizer|runtime error|signal ([1-578]|1[0-9])$' "$1" &&
		{ not grep -q 'signal 6$' "$1" || grep -q 'out of memory' "$1"; }
}

# had_fault FAULT LOG: status 1 when its point was not reached
had_fault() {
	grep -q ' fault: ' "$2" || return 1
	is_clean "$2" || fail "$1: $(cat "$2")"
}

# walk KIND SUFFIX TRY…: TRY KIND:N for every N; status 1 of it is the end
walk() {
	local n points=0
	for ((n = ${START:-$((1 + RANDOM % STRIDE))}; n <= POINTS_MAX; n += STRIDE)); do
		"${@:3}" "$1:$n$2" || break
		points=$((points + 1))
	done
	((n <= POINTS_MAX)) || fail "$1: no end of points"
	say "$1$2: $points points up to $n"
}

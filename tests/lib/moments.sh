# shellcheck shell=bash
# Guards of x that are killed at some moment of their life, and what must be true after it. Sourced
# after guard.sh and intervals.sh. Given from outside: TIMES, how often each moment; LONG=1: 500.

TIMES=${TIMES:-${LONG:+500}}

HOLD_US=5000
LEASE=$(lease_of x)
MOMENT='' # what is tried at present
rounds=0  # how often it has been

# begins [OPTION…]: a guard whose command notes its interval
begins() {
	"$LOKT" guard x "$@" -- "$INTERVAL" "$WORK" "$LEASE" "$HOLD_US" 2>>"$WORK/err" &
	GUARD=$!
}

# naps_up_to US: long enough to meet every step of a guard's life
naps_up_to() {
	local us=$((RANDOM % $1))
	nap "0.$(printf %06d "$us")"
}

# Killed, as a shell says it, is what it is.
is_killed() {
	kill -9 "$@" 2>/dev/null || true
	wait "$GUARD" 2>/dev/null || true
}

# The next one gets it within a second and the command's own time, and nobody is inside twice.
next_is_granted() {
	local began took
	began=$(now_us)
	LOKT_OWNER=next "$LOKT" guard x --wait --timeout 10s -- "$INTERVAL" "$WORK" "$LEASE" 0 \
		2>"$WORK/next.err" ||
		fail "round $rounds of $MOMENT: it is stuck"
	took=$(($(now_us) - began - HOLD_US))
	((took < 1000000)) || fail "round $rounds of $MOMENT: granted after $took us"
	free_within 1 x
	no_faults
	rounds=$((rounds + 1))
}

commands_of() {
	cat "/proc/$1/task/$1/children" 2>/dev/null || true
}

is_waiting() {
	grep -q place "$MNT/.lokt/queue/x"
}

holds_begin() {
	LOKT_OWNER=holder "$LOKT" lock x >/dev/null
}

holds_end() {
	LOKT_OWNER=holder "$LOKT" unlock x >/dev/null
}

# all_moments TIMES 'FUNCTION ARGUMENT…'…: each so often, unless it is said from outside
all_moments() {
	local times=${TIMES:-$1}
	shift
	for MOMENT; do
		for ((rounds = 0; rounds < times;)); do
			$MOMENT
			next_is_granted
		done
	done
	say "$# moments, $times times each"
	judge "$WORK/notes" "$(wc -l <"$WORK/notes")" '' joined || fail 'not exclusive'
	assert_leases
}

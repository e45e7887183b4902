# shellcheck shell=bash
# Races for one name: rounds of a function that lets many claim MNT/x at once and prints "won"
# for each that was told it holds. Sourced after case.sh. Given from outside: ROUNDS; LONG=1: 50.

ROUNDS=${ROUNDS:-${LONG:+50}}
ROUNDS=${ROUNDS:-20}

# one_winner FUNCTION
one_winner() {
	local round won
	for ((round = 1; round <= ROUNDS; round++)); do
		won=$("$1" 2>/dev/null) || true
		[[ $won == won ]] ||
			fail "round $round: $(grep -c won <<<"$won" || true) winners, expected one"
		[[ -e $MNT/x ]] || fail "round $round: won, and nothing is held"
		rm "$MNT/x"
		[[ ! -e $MNT/x ]] || fail "round $round: released, and still held"
	done
}

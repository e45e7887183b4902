#!/bin/bash
# slow
# Claims that overlap, made in two clones at once: path:src and path:src/a, repo: and anything.
# One of them at most is held; both may be refused. Those that wait get their turns.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

strict_clones
ROUNDS=${ROUNDS:-20}

# at_once RESOURCE-IN-A RESOURCE-IN-B
at_once() {
	local round one two won=0
	for ((round = 1; round <= ROUNDS; round++)); do
		(at a claim "$1" 2>"$WORK/said.a" && echo held || echo refused) >"$WORK/end.a" &
		one=$!
		(at b claim "$2" 2>"$WORK/said.b" && echo held || echo refused) >"$WORK/end.b" &
		two=$!
		wait "$one" "$two"
		one=$(<"$WORK/end.a") two=$(<"$WORK/end.b")
		[[ $one$two != heldheld ]] || fail "round $round: both $1 and $2 are held"
		[[ $one == held ]] || grep -q 'Device or resource busy' "$WORK/said.a" || fail "round $round: $(<"$WORK/said.a")"
		[[ $two == held ]] || grep -q 'Device or resource busy' "$WORK/said.b" || fail "round $round: $(<"$WORK/said.b")"
		if [[ $one$two == *held* ]]; then won=$((won + 1)); fi
		if [[ $one == held ]]; then
			at b is_busy "$2"
			at a release "$1"
		fi
		if [[ $two == held ]]; then
			at a is_busy "$1"
			at b release "$2"
		fi
		wait_until 20 has_no_refs "$REMOTE" || fail "round $round: left on the remote: $(lock_refs "$REMOTE")"
	done
	say "$1, $2: $won of $ROUNDS rounds had a winner"
}

# turns RESOURCE CLONE: five, each waited for
turns() {
	local turn
	for ((turn = 0; turn < 5; turn++)); do
		"$LOKT" lock "$1" --ttl 1m --wait --timeout 60s >/dev/null 2>"$WORK/err.$2" ||
			fail "$2 waited for $1 in vain: $(<"$WORK/err.$2")"
		note_hold "$1" "$2" 50000 >>"$WORK/held.$2" || fail "$2 was told that it holds $1, which is not so"
		"$LOKT" unlock "$1" >/dev/null
	done
}

at_once path:src path:src/a
at_once repo:x issue:1
at_once issue:2 issue:2

at a turns path:src a &
one=$!
at b turns path:src/a b &
two=$!
wait "$one"
wait "$two"
cat "$WORK/held.a" "$WORK/held.b" >"$WORK/held"
judge "$WORK/held" 10 || fail 'not exclusive'

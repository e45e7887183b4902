#!/bin/bash
# slow. 8 workers on 3 resources that overlap, each time four nested guards side by side in an outer
# one, which waits for them or does not, with each kind of identity: 8 rounds (LONG=1: 200).
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"
. "$(dirname "$0")/../../lib/intervals.sh"

# The command of an outer guard: beside NAME LEASE [wait]
cat >"$WORK/beside" <<'BESIDE'
#!/bin/bash
for i in 1 2 3 4; do
	"$LOKT" guard "$1" --wait --timeout 100s -- "$INTERVAL" "$WORK" "$2" 2>>"$WORK/err.nested" ||
		echo "a nested guard of $1 failed with $?" >>"$WORK/faults" &
done
[[ -z $3 ]] || wait
BESIDE
chmod +x "$WORK/beside"

ROUNDS=${ROUNDS:-${LONG:+200}}
ROUNDS=${ROUNDS:-8}

# outer NUMBER WAITS OWNER: in OWNER N is the worker's number
outer() {
	local names=(path:src path:src/a path:src/b) i name
	[[ -z $3 ]] || export LOKT_OWNER=${3/N/$1}
	for ((i = 0; i < ROUNDS; i++)); do
		name=${names[($1 + i) % 3]}
		"$LOKT" guard "$name" --wait --timeout 100s -- \
			"$WORK/beside" "$name" "$(lease_of "$name")" "$2" 2>"$WORK/err.$1" ||
			fail "$(<"$WORK/err.$1")"
	done
}

all_noted() {
	[[ -e $WORK/faults || $(wc -l <"$WORK/notes") -ge $1 ]]
}

# nested WAITS OWNER [overlaps]
nested() {
	eight_workers outer "$1" "$2"
	# one that came when the outer guard was ending takes the lock by itself
	wait_until 60 all_noted $((ROUNDS * 32)) ||
		fail "$(wc -l <"$WORK/notes") notes: $(tail -n 3 "$WORK/err.nested")"
	judge_notes $((ROUNDS * 32)) "${3-}" joined
}

# Of one owner, overlapping names may be held together, one name never: so too by a worker that goes
# on while its nested guards have not ended.
nested '' '' overlaps
nested wait '' overlaps
nested '' owner-N
nested wait owner-N overlaps
nested '' same
nested wait same
assert wait_until 5 not test -e "$MNT/path:src"
assert_leases

# shellcheck shell=bash
# What each program in docs/examples has to do, whatever it is written in. Sourced after case.sh.

# shellcheck disable=SC2034 # for the cases
EXAMPLES=$TESTS/../docs/examples

has_line() {
	grep -q "$1" "$2"
}

# example_begins COMMAND…: on the lock "example"; waits until it holds it. Sets EXAMPLE.
example_begins() {
	: >"$WORK/said"
	"$@" "$MNT/example" <"$WORK/work" >"$WORK/said" 2>&1 &
	EXAMPLE=$!
	also_kill "$EXAMPLE"
	wait_until 60 has_line '^held' "$WORK/said" || fail "$* does not hold it: $(<"$WORK/said")"
	assert_held example
}

# example_works HOW COMMAND…: HOW it ends when it is killed: bound, or timed
example_works() {
	local how=$1 status=0
	shift
	mkfifo "$WORK/work"
	exec {line}<>"$WORK/work"

	example_begins "$@"
	assert_eq "$(<"$WORK/said")" "held, token $(stat -c %i "$MNT/example")" 'what it says'
	fails_with 2 busy "$@" "$MNT/example"
	assert_held example
	echo >&"$line"
	wait "$EXAMPLE" || status=$?
	assert_eq "$status" 0 'the status of its end'
	assert_free example

	fails_with 2 busy held_by_another "$@"
	example_begins "$@"
	kill -9 "$EXAMPLE"
	if [[ $how == bound ]]; then
		wait_until 10 test ! -e "$MNT/example" || fail 'held by a dead process'
	else
		assert_eq "$(field example ttl_sec)" 600 'its time'
		rm "$MNT/.lokt/force/locks/example"
	fi
}

held_by_another() {
	local status=0
	touch "$MNT/example"
	"$@" "$MNT/example" || status=$?
	rm "$MNT/example"
	return "$status"
}

#!/bin/bash
# The freezer of cgroups, as containers and suspending machines use it: a frozen guard's TTL ends
# its lease, another takes the lock, and when thawed guard says so and ends its command.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cgroup.sh"
. "$(dirname "$0")/../../lib/guard.sh"

# loses WHO: guard, or guard and its command together, as with a container
loses() {
	local mine theirs began took
	guard_starts x --ttl 500ms -- bash -c "echo \$\$ >$WORK/pid; touch $WORK/begun; exec sleep 100" \
		2>"$WORK/err"
	mine=$(stat -c %i "$MNT/x")
	case $1 in
	guard) freeze "$GUARD" ;;
	both) freeze "$GUARD" "$(<"$WORK/pid")" ;;
	esac
	wait_until 10 touch "$MNT/x" || fail 'the lease of a frozen guard does not end'
	theirs=$(stat -c %i "$MNT/x")
	((theirs > mine)) || fail "token $theirs after $mine"
	process_lives "$(<"$WORK/pid")" || fail 'the command ended while guard was frozen'
	began=$(now_us)
	thaw
	ends_with 143
	took=$((($(now_us) - began) / 1000))
	((took < 1000)) || fail "it took $took ms to end"
	not process_lives "$(<"$WORK/pid")" || fail 'the command lives on'
	assert_match "$(<"$WORK/err")" "lost lock \"x\" \(token $mine\)" 'what guard says'
	assert_eq "$(stat -c %i "$MNT/x")" "$theirs" "the other's lease"
	rm "$MNT/x"
}

loses guard
loses both

# without a TTL a frozen guard keeps the lock, and nothing is lost
guard_starts x -- bash -c "touch $WORK/begun; until [[ -e $WORK/end ]]; do sleep 0.02; done; exit 4"
freeze "$GUARD"
touch "$WORK/end"
fails_with 2 'timed out' env LOKT_OWNER=rival "$LOKT" guard x --wait --timeout 700ms -- true
assert_held x
thaw
ends_with 4
assert_free x

# a waiter that is granted while it is frozen holds the lock, and runs its command when thawed
touch "$MNT/x"
"$LOKT" guard x --wait -- touch "$WORK/ran" 2>/dev/null &
GUARD=$!
wait_until 10 grep -q place "$MNT/.lokt/queue/x" || fail 'it does not wait'
freeze_begins "$GUARD"
rm "$MNT/x"
wait_until 5 test -e "$MNT/x" || fail 'it was not granted'
assert_eq "$(field x pid)" "$GUARD" 'the holder'
[[ ! -e $WORK/ran ]] || fail 'it ran while frozen'
thaw
ends_with 0
[[ -e $WORK/ran ]] || fail 'its command did not run'
assert_free x

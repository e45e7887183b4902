#!/bin/bash
# SIGSTOP of guard past its TTL, another takes the lock, SIGCONT: guard says so with the token and
# ends its command; a resource that checks the token refuses the late writer.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"

# write_with TOKEN TEXT: a resource that refuses a smaller token than it has seen.
echo 0 >"$WORK/seen"
write_with() {
	(
		flock 8
		(($1 >= $(<"$WORK/seen"))) || exit 1
		echo "$1" >"$WORK/seen"
		echo "$2" >"$WORK/resource"
	) 8>"$WORK/resource.lock"
}

stubborn="trap '' TERM; touch $WORK/begun; while :; do sleep 0.05; done"
obedient="touch $WORK/begun; exec sleep 100"

# loses COMMAND STATUS LONGEST_MS
loses() {
	local mine theirs began took
	guard_starts x --ttl 500ms -- bash -c "$1" 2>"$WORK/err"
	mine=$(stat -c %i "$MNT/x")
	write_with "$mine" first || fail 'the holder cannot write'
	kill -STOP "$GUARD"
	wait_until 10 touch "$MNT/x" || fail 'the lease of a stopped guard does not end'
	theirs=$(stat -c %i "$MNT/x")
	write_with "$theirs" second || fail 'the next holder cannot write'
	began=$(now_us)
	kill -CONT "$GUARD"
	ends_with "$2"
	took=$((($(now_us) - began) / 1000))
	((took < $3)) || fail "it took $took ms to end"
	assert_match "$(<"$WORK/err")" "lost lock \"x\" \(token $mine\)" 'what guard says'
	not write_with "$mine" late || fail 'the late writer was let in'
	assert_eq "$(<"$WORK/resource")" second 'the resource'
	assert_eq "$(stat -c %i "$MNT/x")" "$theirs" "the other's lease"
	rm "$MNT/x"
}

loses "$obedient" 143 1000
loses "$stubborn" 137 2000
# what the command has started ends with it, the script around guard does not
loses "bash -c \"trap '' TERM; echo \\\$\\\$ >$WORK/child; touch $WORK/begun; while :; do sleep 0.05; done\"; :" 143 2000
not process_lives "$(<"$WORK/child")" || fail "the command's child lives on"

# --on-lost warn
guard_starts x --ttl 500ms --on-lost warn -- bash -c "touch $WORK/begun; sleep 2; exit 6" 2>"$WORK/err"
"$LOKT" unlock x --force >/dev/null
ends_with 6
assert_match "$(<"$WORK/err")" 'lost lock "x"' 'what guard says'

# without a TTL it is seen at the end
guard_starts x -- bash -c "touch $WORK/begun; sleep 0.5; exit 6" 2>"$WORK/err"
"$LOKT" unlock x --force >/dev/null
ends_with 6
assert_match "$(<"$WORK/err")" 'lost lock "x"' 'what guard says at the end'

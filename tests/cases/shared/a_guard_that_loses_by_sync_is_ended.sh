#!/bin/bash
# lokt sync finds that another machine was first: the command under the loser's guard is ended
# with the status of a lost lock, with a TTL and without; --on-lost warn only says so.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

two_clones

# loses NAME STATUS OPTION…
loses() {
	local name=$1 expected=$2 guard status=0 command
	shift 2
	command="touch $WORK/begun; exec sleep 100"
	[[ $expected != 7 ]] || command="touch $WORK/begun; until test -e $WORK/go; do command sleep 0.05; done; exit 7"
	rm -f "$WORK/begun" "$WORK/go"
	at a claim "$name"
	at b "$LOKT" guard "$name" "$@" -- bash -c "$command" 2>"$WORK/err" &
	guard=$!
	also_kill "$guard"
	wait_until 10 test -e "$WORK/begun" || fail "the guard does not begin: $(<"$WORK/err")"
	sync_all a b
	soon at b holds "$(at a lock_id "$name")" "$name"
	[[ $expected == 7 ]] || wait_until 10 not process_lives "$guard" || fail "$name: the guard goes on"
	: >"$WORK/go"
	wait "$guard" || status=$?
	assert_eq "$status" "$expected" "$name: the guard's status"
	assert_match "$(<"$WORK/err")" "lost lock \"$name\"" 'what guard says'
	at b holds "$(at a lock_id "$name")" "$name"
}

loses issue:1 143 --ttl 10s
loses issue:2 7 --ttl 10s --on-lost warn
loses issue:3 143

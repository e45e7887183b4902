#!/bin/bash
# Two that hold a name each and wait for the other's: a message names both holders.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"

# crossed OWNER HAS WANTS TIMEOUT
crossed() {
	LOKT_OWNER=$1 "$LOKT" guard "$2" -- bash -c "
		touch $WORK/has.$2
		until [[ -e $WORK/has.$3 ]]; do sleep 0.01; done
		$LOKT guard $3 --wait --timeout $4 -- true" 2>"$WORK/err.$1"
}

crossed anna x y 1500ms &
anna=$!
crossed bert y x 20s &
bert=$!
status=0
wait "$anna" || status=$?
assert_eq "$status" 2 'the one that timed out'
wait "$bert" || fail "the other one was not granted: $(<"$WORK/err.bert")"
assert_match "$(<"$WORK/err.anna")" 'timed out waiting for lock "y", held by bert ' anna
assert_match "$(<"$WORK/err.anna")" 'others wait for "x", held by anna ' anna

#!/bin/bash
# Who waits is sent away by a freeze, and nobody acquires in any way while it lasts.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"

guard_starts x -- sh -c "touch $WORK/begun; exec sleep 100"
flock "$MNT/x" true 2>"$WORK/flock.err" &
by_flock=$!
"$LOKT" guard x --wait -- touch "$WORK/ran" 2>"$WORK/guard.err" &
by_guard=$!
"$LOKT" lock x --wait 2>"$WORK/lock.err" &
by_lock=$!
wait_until 10 grep -q '"place":3' "$MNT/.lokt/queue/x" || fail 'they do not wait'
"$LOKT" freeze x --ttl 1h >/dev/null
status=0
wait "$by_flock" || status=$?
[[ $status != 0 ]] || fail 'flock was granted'
assert_match "$(<"$WORK/flock.err")" 'Permission denied' flock
status=0
wait "$by_guard" || status=$?
assert_eq "$status" 2 guard
assert_match "$(<"$WORK/guard.err")" 'frozen by' guard
status=0
wait "$by_lock" || status=$?
assert_eq "$status" 2 lock
assert_match "$(<"$WORK/lock.err")" 'frozen by' lock
[[ ! -e $WORK/ran ]] || fail 'the command ran'
kill "$GUARD"
ends_with 143
assert_free x
fails_with 2 'frozen by' "$LOKT" guard x --wait -- true
fails_with 2 'frozen by' "$LOKT" lock x --wait
refuses EACCES create "$MNT/x"
refuses EACCES create_read "$MNT/x"
"$LOKT" unfreeze x >/dev/null
"$LOKT" guard x -- true

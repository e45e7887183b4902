#!/bin/bash
# Six loops of flock hot true, and a process that locks and unlocks on one descriptor all the
# while: each call waits its turn and ends with 0.
. "$(dirname "$0")/../../lib/case.sh"

ROUNDS=200
# Whoever fails says so in a file.
loop() {
	local i
	for ((i = 0; i < ROUNDS; i++)); do
		flock "$MNT/hot" true 2>>"$WORK/errors" || echo "status $?" >>"$WORK/errors"
	done
}

mount_fs
mkfifo "$WORK/until"
exec {UNTIL}<>"$WORK/until"
"$GRANTS" relay "$MNT" hot <"$WORK/until" >"$WORK/relay" 2>&1 &
relay=$!
wait_until 5 grep -q begun "$WORK/relay" || fail "no relay: $(<"$WORK/relay")"
pids=()
for i in 1 2 3 4 5 6; do
	loop &
	pids+=($!)
done
wait "${pids[@]}"
echo >&"$UNTIL"
wait "$relay" || fail "the kept descriptor: $(<"$WORK/relay")"
cat "$WORK/relay"
[[ ! -s $WORK/errors ]] || fail "$(sort "$WORK/errors" | uniq -c | head -n 5)"
wait_until 2 not test -e "$MNT/hot" || fail 'held at the end'

#!/usr/bin/env bash
# slow
# Four clients on names of their own and four on one name, all the operations at random, while
# the worker is killed over and over: there is an order in which every answer is right, and no call
# fails.
. "$(dirname "$0")/../../lib/case.sh"

SECONDS_LONG=${SECONDS_LONG:-10}
KILLS=${KILLS:-$((SECONDS_LONG * 5 / 2))} # about as many as the time has room for
HISTORY=$BIN/../tests
seed=${SEED:-$$}
say "seed $seed"

mount_fs
clients=()
for i in 1 2 3 4; do
	"$HISTORY/history_client" "$WORK/own.$i.log" "$MNT" "$SECONDS_LONG" $((seed + i)) \
		"own-$i-a" "own-$i-b" &
	clients+=($!)
	"$HISTORY/history_client" "$WORK/one.$i.log" "$MNT" "$SECONDS_LONG" $((seed + 4 + i)) one &
	clients+=($!)
done
for ((i = 0; i < KILLS; i++)); do
	kill_worker
	sleep 0.3
done
for client in "${clients[@]}"; do
	wait "$client" || fail "a client had a call that failed"
done
"$HISTORY/history_check" "$WORK"/*.log || fail "the history is of no correct lease service"

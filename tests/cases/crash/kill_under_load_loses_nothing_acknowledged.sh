#!/bin/bash
# slow
# Again and again kill -9 of both processes at a random moment under four clients: what was
# acknowledged is there with its token, what was released stays released, tokens never repeat or
# go back. ROUNDS=100 is the long run.
. "$(dirname "$0")/../../lib/case.sh"

ROUNDS=${ROUNDS:-30}
SEED=${SEED:-$RANDOM}
say "seed $SEED"
RANDOM=$SEED

# Clients end by themselves when the mount is dead.
load() {
	local round=$1 client pids=()
	for client in 1 2 3 4; do
		"$LOAD" client "$MNT" "$WORK/log.$client" "$client" "$round" "$RANDOM" \
			>"$WORK/client.$client" &
		pids+=($!)
	done
	nap "0.$(printf %03d $((RANDOM % 150 + 5)))"
	kill_daemon
	for client in 1 2 3 4; do
		wait "${pids[client - 1]}" || fail "round $round: $(cat "$WORK/client.$client")"
	done
}

mount_fs ttl=1h
for ((round = 1; round <= ROUNDS; round++)); do
	load "$round"
	mount_fs ttl=1h
	"$LOAD" check "$MNT" "$WORK"/log.* >"$WORK/check" ||
		fail "round $round: $(cat "$WORK/check")"
done
cat "$WORK/check"
[[ $(<"$WORK/check") != 0\ * ]] || fail 'no client ever held anything'
umount_fs
mount_fs ttl=1h
"$LOAD" check "$MNT" "$WORK"/log.* || fail 'lost by a clean restart'

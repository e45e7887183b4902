#!/bin/bash
# slow
# Five hundred processes that claim and release at once, each its own name, and then all one
# name: nobody fails who should not, and the daemon is afterwards what it was.
. "$(dirname "$0")/../../lib/case.sh"

CLIENTS=500
ROUNDS=20

descriptors() {
	descriptors_of "$(worker_pid)"
}

# at_once COMMAND…: with a number of its own for %; all begin together.
at_once() {
	local i pids=() status=0
	for ((i = 0; i < CLIENTS; i++)); do
		(
			read -r _ <&8
			exec "${@//%/$i}" 8>&- >/dev/null 2>>"$WORK/errors"
		) &
		pids+=($!)
	done
	printf '\n%.0s' $(seq "$CLIENTS") >&8
	for i in "${pids[@]}"; do
		wait "$i" || status=$((status + 1))
	done
	say "$status"
}

mkfifo "$WORK/start"
exec 8<>"$WORK/start" # a line for each, once all are there
mount_fs durability=os
touch "$MNT/kept"
before=$(descriptors)
begin=$(now_us)
assert_eq "$(at_once "$LOAD" pairs "$MNT/own%" "$ROUNDS")" 0 "who failed: $(cat "$WORK/errors")"
say "$CLIENTS clients, $ROUNDS pairs each: $((($(now_us) - begin) / 1000)) ms"
assert_leases kept
: >"$WORK/errors"
assert_eq "$(at_once touch "$MNT/one")" $((CLIENTS - 1)) 'who did not get the one name'
# by words, not lines: a message of touch is several writes
assert_eq "$(grep -o 'Device or resource busy' "$WORK/errors" | wc -l)" $((CLIENTS - 1)) 'who were told why'
assert_leases kept one
wait_until 10 eval '[[ $(descriptors) == "$before" ]]' ||
	fail "$(descriptors) descriptors, before $before"

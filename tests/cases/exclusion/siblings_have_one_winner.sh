#!/bin/bash
# slow
# touch x & touch x & of one shell, told apart by their exit status.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/race.sh"

siblings() {
	local pid pids=()
	for _ in $(seq 100); do
		touch "$MNT/x" &
		pids+=($!)
		touch "$MNT/x" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		if wait "$pid"; then echo won; fi
	done
}

mount_fs
one_winner siblings

#!/bin/bash
# slow
# The same LOKT_OWNER is no re-entrance.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/race.sh"

touches() {
	export LOKT_OWNER=everybody
	for _ in $(seq 200); do
		touch "$MNT/x" && echo won &
	done
	wait
}

mount_fs
one_winner touches

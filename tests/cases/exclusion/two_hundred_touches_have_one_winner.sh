#!/bin/bash
# slow
# Plain touch, no LOKT_OWNER: every claim is its own, the same shell or not.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/race.sh"

touches() {
	for _ in $(seq 200); do
		touch "$MNT/x" && echo won &
	done
	wait
}

mount_fs
one_winner touches

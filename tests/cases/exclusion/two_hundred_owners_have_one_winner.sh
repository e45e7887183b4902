#!/bin/bash
# slow
# As many owners as claims.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/race.sh"

touches() {
	for i in $(seq 200); do
		LOKT_OWNER=owner-$i touch "$MNT/x" && echo won &
	done
	wait
}

mount_fs
one_winner touches

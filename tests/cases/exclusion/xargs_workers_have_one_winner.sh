#!/bin/bash
# slow
# xargs -P execs each touch itself: all have one parent.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/race.sh"

workers() {
	local losers
	losers=$(seq 200 | xargs -P 16 -I{} touch "$MNT/x" 2>&1 | grep -c 'Device or resource busy')
	if [[ $losers == 199 ]]; then
		echo won
	else
		echo "$losers were refused"
	fi
}

mount_fs
one_winner 50 workers

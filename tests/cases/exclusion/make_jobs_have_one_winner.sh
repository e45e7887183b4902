#!/bin/bash
# slow
# make -j: siblings under make, each execed without a shell.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/race.sh"

rules() {
	echo "all: $(seq -f 'j%g' -s ' ' 200)"
	seq -f 'j%g:; @touch $(MNT)/x' 200
}

jobs_of_make() {
	local losers
	losers=$(make -s -k -j 16 -f "$WORK/makefile" 2>&1 | grep -c 'Device or resource busy')
	if [[ $losers == 199 ]]; then
		echo won
	else
		echo "$losers were refused"
	fi
}

mount_fs
rules >"$WORK/makefile"
one_winner 50 jobs_of_make

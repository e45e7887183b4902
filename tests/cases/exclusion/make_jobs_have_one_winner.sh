#!/bin/bash
# slow
# make -j: siblings under make, each execed without a shell.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/race.sh"

rules() {
	echo "all: $(seq -f 'j%g' -s ' ' 200)"
	# Two lines: the second runs only where the first succeeded.
	seq -f $'j%g:\n\t@touch $(MNT)/x\n\t@echo won' 200
}

jobs_of_make() {
	make -s -k -j 16 -f "$WORK/makefile"
}

mount_fs
rules >"$WORK/makefile"
one_winner jobs_of_make

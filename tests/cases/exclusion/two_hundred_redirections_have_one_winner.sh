#!/bin/bash
# slow
# The shell itself claims, in 200 subshells.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/race.sh"

redirections() {
	for _ in $(seq 200); do
		: >"$MNT/x" && echo won &
	done
	wait
}

mount_fs
one_winner redirections

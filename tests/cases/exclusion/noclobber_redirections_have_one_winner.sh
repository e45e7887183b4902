#!/bin/bash
# slow
# The usual lock idiom of shell scripts: set -C.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/race.sh"

redirections() {
	set -C
	for _ in $(seq 200); do
		: >"$MNT/x" && echo won &
	done
	wait
}

mount_fs
one_winner redirections

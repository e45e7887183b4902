#!/bin/bash
# slow
# Each touch is a child of xargs itself; a winner is one that said nothing.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/race.sh"

workers() {
	rm -f "$WORK"/said.*
	seq 200 | xargs -P 16 -I{} bash -c 'exec touch $MNT/x 2>$WORK/said.{}'
	find "$WORK" -name 'said.*' -empty -printf 'won\n'
}

mount_fs
one_winner workers

#!/bin/bash
# Two threads, or two processes after a fork: the lease is the open file's, so both have it.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
for i in 1 2 3 4 5; do
	"$GRANTS" threads "$MNT" x || fail "threads, round $i"
	"$GRANTS" processes "$MNT" x || fail "processes, round $i"
done
assert_free x

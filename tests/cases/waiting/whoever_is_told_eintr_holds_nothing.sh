#!/bin/bash
# SIGALRM at the very moment of a grant, a hundred times: either granted, or EINTR and no lease.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
pids=()
for i in 1 2 3 4; do
	"$GRANTS" interrupted "$MNT" "k$i" 25 >"$WORK/said.$i" 2>&1 &
	pids+=($!)
done
for i in 1 2 3 4; do
	wait "${pids[i - 1]}" || fail "$(<"$WORK/said.$i")"
done
cat "$WORK"/said.*
assert_leases

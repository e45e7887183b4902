#!/bin/bash
# slow. Waiters of one name are granted in the order of their arrival, though others among them
# time out, are interrupted, killed, or stopped.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
for seed in 1 2 3; do
	"$WAITERS" order "$MNT" x 1000 "$seed" || fail "seed $seed"
	assert_free x
done

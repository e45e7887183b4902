#!/bin/bash
# A lease that an open file holds has no default TTL; --wait and touch do not get it meanwhile.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs ttl=1s
flock "$MNT/x" sh -c "touch $WORK/begun; sleep 3; touch $WORK/done" &
wait_until 10 test -e "$WORK/begun" || fail 'it does not begin'
assert_eq "$(field x ttl_sec)" null ttl_sec
while [[ ! -e $WORK/done ]]; do
	if touch "$MNT/x" 2>/dev/null && [[ ! -e $WORK/done ]]; then
		fail 'touch got it while the command ran'
	fi
	nap 0.02
done
wait

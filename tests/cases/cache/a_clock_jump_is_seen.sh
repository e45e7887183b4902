#!/bin/bash
# The wall clock jumps: expiries stay where they are on the daemon's own clock, and so move on the
# wall's. stat shows it at once, by name and of an open file, though the kernel had been told.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/clock.sh"

step 0
mount_fs durability=os
touch "$MNT/x"
exec {fd}<"$MNT/x"
by_name=$(stat -c %Y "$MNT/x")
by_file=$(stat -L -c %Y "/dev/fd/$fd")
assert_eq "$by_file" "$by_name" 'the time of the open file'
step 3600
touch "$MNT/turn" # the daemon reads the clock
for shown in "$(stat -c %Y "$MNT/x")" "$(stat -L -c %Y "/dev/fd/$fd")"; do
	((shown >= by_name + 3599 && shown <= by_name + 3601)) ||
		fail "an hour later by the clock, $by_name is shown as $shown"
done
exec {fd}<&-

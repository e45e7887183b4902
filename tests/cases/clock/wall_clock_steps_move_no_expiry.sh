#!/bin/bash
# The dev build's hook shifts the wall clock of the daemon by a day, both ways, under live leases.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/clock.sh"

# expires_in_time SHIFT: at 2 s, whatever the wall clock does meanwhile.
expires_in_time() {
	local begin took
	begin=$(now_us)
	as_agent a 'echo 2s > $MNT/short; echo 1h > $MNT/long'
	step "$1"
	touch "$MNT/turn" # the daemon reads the clock
	rm "$MNT/turn"
	nap 0.5
	assert_held short long
	wait_until 4 test ! -e "$MNT/short" || fail "clock $1 s: still held after four seconds"
	took=$((($(now_us) - begin) / 1000))
	((took >= 1990 && took < 3200)) || fail "clock $1 s: it took $took ms"
	assert_held long
	as_agent a 'rm $MNT/long'
}

step 0
mount_fs
agent_start a
expires_in_time 86400
expires_in_time 0
expires_in_time -86400
expires_in_time 86400
touch "$MNT/kept"
umount_fs
mount_fs
assert_held kept

#!/bin/bash
# slow
# The worker is killed, or refused its disk or its memory, at the Nth point at which it touches the
# world, for N from 1 until the whole of a client's work comes to its end without reaching it. After
# a kill no call may have failed; a refusal fails one call at most, which has then changed nothing.
# STRIDE=1 visits every point, otherwise every STRIDEth; KINDS chooses among them.
. "$(dirname "$0")/../../lib/case.sh"

[[ -x $LOKTFS_DEV ]] || skip 'no dev build'
LOKTFS=$LOKTFS_DEV
STEPS=$BIN/../tests/steps
STRIDE=${STRIDE:-83}
KINDS=${KINDS:-kill kill-again eio enospc short enomem}
EXPECT_LOG='sync|disk|journal|memory|Input/output error|No space|worker (has left|was ended)|could not be|write'
POINTS_MAX=4000

# try FAULT MODE: status 1 when the fault's point was not reached
try() {
	ROOT=$WORK/${1//[:,]/-} MNT=$WORK/${1//[:,]/-}/mnt
	LOKTFS_TEST_FAULT=$1 mount_fs
	"$STEPS" "$MNT" "$2" >"$WORK/wrong" 2>&1 || {
		tail -n 20 "$ROOT/daemon.log" >&2
		fail "$1: $(cat "$WORK/wrong")"
	}
	umount_fs
	unset 'MOUNTS[-1]' 'DAEMONS[-1]'
	grep -q ' fault: ' "$ROOT/daemon.log" || return 1
	is_clean "$ROOT/daemon.log" || fail "$1: $(cat "$ROOT/daemon.log")"
	rm -rf "$ROOT"
}

# Where the journal has an event and memory for it is out, the worker ends itself.
is_clean() {
	not grep -qE 'AddressSanitizer|runtime error|signal ([1-578]|1[0-9])$' "$1" &&
		{ not grep -q 'signal 6$' "$1" || grep -q 'out of memory' "$1"; }
}

# walk KIND MODE [SUFFIX]
walk() {
	local n points=0
	for ((n = 1 + RANDOM % STRIDE; n <= POINTS_MAX; n += STRIDE)); do
		try "$1:$n${3-}" "$2" || break
		points=$((points + 1))
	done
	((n <= POINTS_MAX)) || fail "$1: no end of points"
	say "$1${3-}: $points points up to $n"
}

for kind in $KINDS; do
	case $kind in
	kill) walk kill strict ;;
	# the one that takes over dies of it, too, at one of its first points
	kill-again) walk kill strict ",$((1 + RANDOM % 12))" ;;
	*) walk "$kind" lenient ;;
	esac
done
ROOT=$WORK/root

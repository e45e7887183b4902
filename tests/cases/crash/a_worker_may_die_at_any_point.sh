#!/bin/bash
# slow
# The worker is killed, or refused its disk or its memory, at the Nth point at which it touches the
# world, for N from 1 until the whole of a client's work comes to its end without reaching it. After
# a kill no call may have failed; a refusal fails one call at most, which has then changed nothing.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/walk.sh"

[[ -x $LOKTFS_DEV ]] || skip 'no dev build'
LOKTFS=$LOKTFS_DEV
STEPS=$BIN/../tests/steps
STRIDE=${STRIDE:-83}
KINDS=${KINDS:-kill kill-again eio enospc short enomem}
EXPECT_LOG='sync|disk|journal|memory|Input/output error|No space|worker (has left|was ended)|could not be|write'

# try MODE FAULT: status 1 when the fault's point was not reached
try() {
	ROOT=$WORK/${2//[:,]/-} MNT=$WORK/${2//[:,]/-}/mnt
	LOKTFS_TEST_FAULT=$2 mount_fs
	"$STEPS" "$MNT" "$1" >"$WORK/wrong" 2>&1 || {
		tail -n 20 "$ROOT/daemon.log" >&2
		fail "$2: $(cat "$WORK/wrong")"
	}
	umount_fs
	unset 'MOUNTS[-1]' 'DAEMONS[-1]'
	had_fault "$2" "$ROOT/daemon.log" || return 1
	rm -rf "$ROOT"
}

for kind in $KINDS; do
	case $kind in
	kill) walk kill '' try strict ;;
	# the one that takes over dies of it, too, at one of its first points
	kill-again) walk kill ",$((1 + RANDOM % 12))" try strict ;;
	*) walk "$kind" '' try lenient ;;
	esac
done
ROOT=$WORK/root

#!/bin/bash
# A journal that takes one line less than it should: what was to be written of another clone's lock,
# its beginning, its end, the loss of ours to it, is done a moment later, and not when a ref changes
# again by chance.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

[[ -x $LOKTFS_DEV ]] || skip 'no dev build'
EXPECT_LOG='No space|Input/output|disk|journal|lock refs|held by'
make_remote
make_clone b
mount_clone b 'remote=origin,shared=strict,interval=1s'
make_clone a
ROOT=$(root_of a) MNT=$(root_of a)/mnt

# mount_refusing KIND N: the journal here refuses the Nth line from now on, once
mount_refusing() {
	LOKTFS=$LOKTFS_DEV LOKTFS_TEST_FAULT=$1:$2 mount_fs 'remote=origin,shared=async,interval=1s'
}

had_fault() {
	grep -q ' fault: ' "$ROOT/daemon.log" || fail 'the journal refused nothing'
}

for kind in enospc eio short; do
	mount_refusing "$kind" 1
	at b claim "issue:$kind"
	soon is_held "issue:$kind"
	had_fault
	at b release "issue:$kind"
	soon not is_held "issue:$kind"
	umount_fs

	mount_refusing "$kind" 2
	at b claim "issue:$kind"
	soon is_held "issue:$kind"
	at b release "issue:$kind"
	soon not is_held "issue:$kind"
	had_fault
	umount_fs
done

# ours, which the remote has never heard of, and another has it there: acquire, then the loss
mount_refusing enospc 2
mv "$REMOTE" "$WORK/away.git"
claim issue:ours
ours=$(lock_id issue:ours)
put_lock "$WORK/away.git" issue:ours "$(in_ms 600000)"
mv "$WORK/away.git" "$REMOTE"
soon not holds "$ours" issue:ours
had_fault
is_held issue:ours || fail 'lost, and yet free'

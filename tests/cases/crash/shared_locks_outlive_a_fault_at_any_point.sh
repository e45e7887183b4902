#!/bin/bash
# slow
# The worker is killed, or refused its disk, its memory or git, at the Nth point at which it touches
# the world while locks are shared with a remote, for every N. After a kill no call may have failed;
# a refusal fails one call at most. What was granted is on the remote and nobody else's, here and in
# another clone; what was released can be had there; in the end no ref is left. A usual run does one
# kind in one mode.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"
. "$(dirname "$0")/../../lib/walk.sh"

[[ -x $LOKTFS_DEV ]] || skip 'no dev build'
kinds=(kill kill eio enospc short enomem) modes=(strict async)
STRIDE=${STRIDE:-331}
KINDS=${KINDS:-${kinds[RANDOM % ${#kinds[@]}]}}
MODES=${MODES:-${modes[RANDOM % ${#modes[@]}]}}
SOON=20
EXPECT_LOG='sync|disk|journal|memory|Input/output error|No space|worker (has left|was ended)|could not be|write|git|remote|origin'

# take FILE: no redirection, since shells do not look whether closing fails
take() {
	touch "$1" 2>"$WORK/said"
}

# Its id; status 1: it is not held here.
id_of() {
	local json
	{ read -r json <"$MNT/$1"; } 2>/dev/null && [[ $json =~ \"lock_id\":\"([0-9a-f]+)\" ]] &&
		say "${BASH_REMATCH[1]}"
}

renew_here() {
	echo 2h >"$MNT/.lokt/renew/$1"
} 2>"$WORK/said"

drop_here() {
	rm "$MNT/$1" 2>"$WORK/said"
}

hold_for_a_moment() {
	flock "$MNT/$1" true 2>"$WORK/said"
}

on_remote() {
	[[ -e $REMOTE/$(ref_of "$1") ]]
}

is_told() {
	on_remote "$1" && is_mirrored "$REMOTE" "$1" "$(id_of "$(file_of "$1")")"
}

# must COMMAND…: succeeds, or fails once where a refusal was and then succeeds
must() {
	"$@" && return
	[[ $kind != kill ]] || fail "$*: $(<"$WORK/said")"
	((${#refused[@]} == 0)) || fail "$*: $(<"$WORK/said"); and before that ${refused[*]}"
	refused+=("$*: $(<"$WORK/said")")
	[[ $1 != take ]] || [[ ! -e $2 ]] || fail "$*: failed, and yet it is held"
	wait_until 20 "$@" || fail "$*: failed again: $(<"$WORK/said")"
}

# While it is held here nobody gets it, and it stays what it was.
is_exclusive() {
	local id
	id=$(id_of "$(file_of "$1")") || fail "$1 is not held"
	if [[ $mode == strict && $kind == kill ]]; then
		is_told "$1" || fail "$1 was granted, and the remote has not heard of it"
	fi
	soon is_told "$1"
	not take "$MNT/$(file_of "$1")" || fail "$1 was granted twice"
	not take "$THEIRS/$(file_of "$2")" || fail "$2 was granted in the other clone, and $1 is held"
	must renew_here "$(file_of "$1")"
	assert_eq "$(id_of "$(file_of "$1")")" "$id" "the lease on $1"
}

# Another clone takes it and gives it back: meanwhile nobody gets it here.
goes_round() {
	wait_until 20 take "$THEIRS/$1" || fail "released, and the other clone is refused: $(<"$WORK/said")"
	[[ $mode == strict ]] || soon test -e "$MNT/$1"
	not take "$MNT/$1" || fail "$1 was granted, and the other clone holds it"
	rm "$THEIRS/$1"
	soon not on_remote "$1"
	wait_until 20 take "$MNT/$1" || fail "given back, and refused: $(<"$WORK/said")"
	must drop_here "$1"
}

work() {
	must take "$MNT/issue:1"
	is_exclusive issue:1 issue:1
	must drop_here issue:1
	assert_free issue:1
	goes_round issue:1
	must take "$MNT/path:src%2Fa"
	must take "$MNT/issue:2"
	# what only overlaps is decided between two that are strict
	case $mode in
	strict) is_exclusive path:src/a path:src ;;
	*) is_exclusive path:src/a path:src/a ;;
	esac
	must drop_here path:src%2Fa
	must hold_for_a_moment issue:3
	must drop_here issue:2
}

nothing_is_left() {
	has_no_refs "$REMOTE" && has_no_refs "$WORK/a" && [[ -z $(ls "$MNT") ]]
}

# try FAULT: status 1 when the fault's point was not reached
try() {
	local log=$ROOT/daemon.log
	refused=()
	LOKTFS_TEST_FAULT=$1 LOKTFS=$LOKTFS_DEV \
		mount_fs "remote=origin,shared=$mode,interval=1s,strict_wait=30s"
	(work) || fail "$mode $1, $(grep -c . "$log") lines of log"
	wait_until "$SOON" nothing_is_left ||
		fail "$mode $1: left: $(lock_refs "$REMOTE" && lock_refs "$WORK/a" && ls "$MNT")"
	umount_fs
	unset 'MOUNTS[-1]' 'DAEMONS[-1]'
	had_fault "$mode $1" "$log" || return 1
	cp "$log" "$WORK/log.last"
	rm -rf "$ROOT"
}

make_remote
make_clone b
mount_clone b remote=origin,shared=strict,interval=1s,strict_wait=30s
THEIRS=$(root_of b)/mnt
make_clone a
ROOT=$(root_of a) MNT=$(root_of a)/mnt
for mode in $MODES; do
	for kind in $KINDS; do
		say "$mode:"
		walk "$kind" '' try
	done
done

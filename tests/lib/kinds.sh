# shellcheck shell=bash
# What a repository of any kind must do for its locks, wherever they are asked for. Sourced after
# shared.sh.

# mirrors WORKING-DIRECTORY GIT-DIRECTORY [COMMAND…]: the command starts lokt there, if need be
# in an environment of its own.
mirrors() {
	local dir=$1 git=$2 ROOT MNT
	shift 2
	ROOT=$git/lokt
	MNT=$ROOT/mnt
	MOUNTS+=("$MNT")
	ROOT_DIRS+=("$ROOT")
	(cd "$dir" && "$@" "$LOKT" acquire issue:here >/dev/null) || fail "$dir: lokt acquire ended with $?"
	DAEMONS+=("$(daemon_pid)")
	soon has_ref "$git" issue:here
	is_mirrored "$git" issue:here "$(lock_id issue:here)" || fail "$dir: another lock has its ref"
	assert_eq "$(git -C "$git" ls-tree -r --name-only "$(ref_of issue:here)")" lock.json 'the tree'
	put_lock "$git" issue:there "$(in_ms 600000)"
	soon is_held issue:there
	is_busy issue:there
	(cd "$dir" && "$@" "$LOKT" release issue:here >/dev/null) || fail "$dir: lokt release ended with $?"
	soon not has_ref "$git" issue:here
	drop_ref "$git" issue:there
	soon not is_held issue:there
}

# syncs WORKING-DIRECTORY GIT-DIRECTORY: with the remote origin
syncs() {
	local dir=$1 ROOT=$2/lokt MNT=$2/lokt/mnt
	(cd "$dir" && "$LOKT" acquire issue:synced >/dev/null && "$LOKT" sync >/dev/null) ||
		fail "$dir: lokt sync ended with $?"
	is_mirrored "$REMOTE" issue:synced "$(lock_id issue:synced)" || fail "$dir: the remote was not told"
	(cd "$dir" && "$LOKT" release issue:synced >/dev/null && "$LOKT" sync >/dev/null) ||
		fail "$dir: lokt sync ended with $?"
	has_no_refs "$REMOTE" || fail "$dir: the remote was not told of a release"
}

# excludes WORKING-DIRECTORY GIT-DIRECTORY: strict with origin, against clone "other"
excludes() {
	local dir=$1 ROOT=$2/lokt MNT=$2/lokt/mnt pid
	pid=$(daemon_pid)
	(cd "$dir" && "$LOKT" umount >/dev/null)
	wait_until 10 not process_lives "$pid" || fail "$dir: the daemon outlives its mount"
	(cd "$dir" && "$LOKT" mount -o remote=origin,shared=strict,interval=1s >/dev/null) ||
		fail "$dir: lokt mount ended with $?"
	DAEMONS+=("$(daemon_pid)")
	wait_until 10 at other claims issue:strict || fail "$dir: the clone is refused what is free"
	is_busy issue:strict
	at other release issue:strict
	wait_until 10 claims issue:strict || fail "$dir: released, and still refused"
	at other is_busy issue:strict
	release issue:strict
	wait_until 10 has_no_refs "$REMOTE" || fail "$dir: left on the remote"
}

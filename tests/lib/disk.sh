# shellcheck shell=bash
# Disks that are slow or fail, as the daemon of a case sees them. Sourced after case.sh.

is_traced() {
	not grep -qE '^TracerPid:[[:space:]]*0$' "/proc/$1/task"/*/status
}

# slow_disk MS: each sync of the running daemon takes so much longer from now on.
slow_disk() {
	local pid
	command -v strace >/dev/null || skip 'no strace'
	pid=$(worker_pid)
	strace -f -qq -o "$WORK/strace.$pid" -e trace=fdatasync,fsync \
		-e "inject=fdatasync,fsync:delay_enter=$(($1 * 1000))" -p "$pid" 2>"$WORK/strace.err" &
	also_kill $!
	wait_until 5 is_traced "$pid" || skip "strace cannot attach: $(<"$WORK/strace.err")"
}

# mount_failing_at N [OPTION,…]: the Nth sync of the first worker fails, which ends that.
mount_failing_at() {
	[[ -x $LOKTFS_DEV ]] || skip 'no dev build'
	# shellcheck disable=SC2034 # case.sh reads it
	EXPECT_LOG='sync|disk|journal|Input/output error|worker has left with status 1'
	LOKTFS=$LOKTFS_DEV LOKTFS_TEST_SYNC_FAIL=$1 mount_fs "${@:2}"
}

# shellcheck shell=bash
# For cases that move the wall clock of the daemon, which has to be the dev build. Sourced after case.sh.

[[ -x $LOKTFS_DEV ]] || skip 'no dev build'
# shellcheck disable=SC2034 # mount_fs uses it
LOKTFS=$LOKTFS_DEV
export LOKTFS_TEST_CLOCK=$WORK/clock

# step SECONDS: from where the machine's clock is; the daemon sees it in its next turn.
step() {
	echo "$1" >"$WORK/clock.new"
	mv "$WORK/clock.new" "$WORK/clock"
}

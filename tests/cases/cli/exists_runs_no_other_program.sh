#!/bin/bash
# With a daemon there, `lokt exists` is one process that starts nothing: agents ask all the time.
. "$(dirname "$0")/../../lib/case.sh"

command -v strace >/dev/null || skip "strace is not there"
strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"

mount_fs
export LOKT_ROOT=$ROOT
touch "$MNT/x"

# started STATUS NAME: exists ends so, and its trace has one exec and no child.
started() {
	local status=0
	strace -f -o "$WORK/trace" -e trace=execve,clone,clone3,fork,vfork "$LOKT" exists "$2" ||
		status=$?
	assert_eq "$status" "$1" "the status of exists $2"
	assert_eq "$(grep -c 'execve(' "$WORK/trace")" 1 "the programs run"
	assert not grep -qE 'clone|fork' "$WORK/trace"
}

started 0 x
started 3 free

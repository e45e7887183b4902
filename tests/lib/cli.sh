# shellcheck shell=bash
# For cases that drive the lokt command: its ROOT is the case's, and a daemon that it started by
# itself is ended at the end. Sourced after case.sh.

export LOKT_ROOT=$ROOT

cli_needs_fuse() {
	fuse_is_there || skip 'no /dev/fuse or no fusermount3'
	MOUNTS+=("$MNT")
}

# The daemon that lokt started, for the clean-up.
cli_adopt() {
	DAEMONS+=("$(daemon_pid)")
}

# lokt_says STATUS 'exact standard output' ARGUMENTS…
lokt_says() {
	local expected=$1 text=$2 status=0 output
	shift 2
	output=$("$LOKT" "$@" 2>"$WORK/stderr" </dev/null) || status=$?
	[[ $status == "$expected" ]] ||
		fail "lokt $* ended with $status, expected $expected: $output $(<"$WORK/stderr")"
	[[ $output == "$text" ]] || fail "lokt $* said '$output', expected '$text'"
}

# What that call said on stderr.
and_on_stderr() {
	assert_match "$(<"$WORK/stderr")" "$1" stderr
}

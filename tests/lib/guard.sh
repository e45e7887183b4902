# shellcheck shell=bash
# For cases about lokt guard. Sourced after case.sh; brings cli.sh and a mount.
. "$(dirname "${BASH_SOURCE[0]}")/cli.sh"
mount_fs "${GUARD_MOUNT_OPTIONS-}"

# guard_starts ARGUMENTS…: in the background; returns once its command has begun, which must
# make $WORK/begun. Its pid is GUARD. What a shell starts in the background ignores SIGINT and
# SIGQUIT, which IGNORES=yes leaves so.
IGNORES=''
guard_starts() {
	local under=(env --default-signal=INT --default-signal=QUIT)
	[[ -z $IGNORES ]] || under=()
	rm -f "$WORK/begun"
	"${under[@]}" "$LOKT" guard "$@" &
	GUARD=$!
	also_kill "$GUARD"
	wait_until 10 test -e "$WORK/begun" || fail "the command of 'guard $*' does not begin"
}

# guard_starts_without_a_file NAME ARGUMENTS…: the same for a resource path:d/…, once it has waited
# for path:d: there is no file to wait on, so that its lease is bound to no open one.
guard_starts_without_a_file() {
	LOKT_OWNER=rival "$LOKT" lock path:d >/dev/null
	rm -f "$WORK/begun"
	env --default-signal=INT --default-signal=QUIT LOKT_OWNER=waiter \
		"$LOKT" guard "$1" --wait --timeout 20s "${@:2}" &
	GUARD=$!
	also_kill "$GUARD"
	wait_until 10 grep -q place "$MNT/.lokt/queue/${1//\//%2F}" || fail "guard $1 does not wait"
	LOKT_OWNER=rival "$LOKT" unlock path:d >/dev/null
	wait_until 10 test -e "$WORK/begun" || fail "the command of 'guard $*' does not begin"
}

# ends_with STATUS: of the guard that was started last.
ends_with() {
	local status=0
	wait "$GUARD" || status=$?
	assert_eq "$status" "$1" "guard's exit status"
}

# within SECONDS NAME: free by then; prints nothing.
free_within() {
	wait_until "$1" test ! -e "$MNT/$2" || fail "$2 is still held after $1 s"
}

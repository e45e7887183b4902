#!/bin/bash
# slow
# The release build under memcheck: no bad access, nothing lost at its end.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/session.sh"

command -v valgrind >/dev/null || skip 'no valgrind'
! grep -q '__asan_init' "$LOKTFS" || skip 'not together with AddressSanitizer'
loktfs_under_valgrind() {
	valgrind -q --log-file="$WORK/valgrind.%p" --error-exitcode=9 --leak-check=full \
		--errors-for-leak-kinds=definite "$LOKTFS_PLAIN" --alone "$@"
}

LOKTFS_PLAIN=$LOKTFS
LOKTFS=loktfs_under_valgrind
mount_fs
basic_session
pid=$(daemon_pid)
fusermount3 -u "$MNT"
wait_until 60 not process_lives "$pid" || fail 'the daemon outlives its mount'
mount_fs
assert_leases d
pid=$(daemon_pid)
fusermount3 -u "$MNT"
wait_until 60 not process_lives "$pid" || fail 'the daemon outlives its mount'
# It says in five lines that it does not know pidfd_open, 434; the daemon does without.
found=$(grep -hvE 'unhandled amd64-linux syscall: 434|write your own handler|README_MISSING|consider this a bug|valgrind\.org/support' \
	"$WORK"/valgrind.*) || true
[[ -z $found ]] || fail "$found"

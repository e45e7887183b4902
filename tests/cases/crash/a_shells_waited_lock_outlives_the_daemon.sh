#!/bin/bash
# exec 9>>f; flock 9 that had to wait: flock(1) has ended, the shell holds it; over kill -9 of the
# daemon and the next start too, for as long as the shell lives.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
touch "$MNT/x"
mkfifo "$WORK/until"
exec {UNTIL}<>"$WORK/until"
bash -c "exec 9>>$MNT/x; flock 9; touch $WORK/begun; read -r <$WORK/until" &
shell=$!
wait_until 10 grep -q place "$MNT/.lokt/queue/x" || fail 'the shell does not wait'
rm "$MNT/x"
wait_until 10 test -e "$WORK/begun" || fail 'the shell was not granted'
assert_eq "$(field x pid)" "$shell" 'the holder'
before=$(<"$MNT/x")
kill_daemon
mount_fs
assert_held x
assert_eq "$(<"$MNT/x")" "$before" 'the lease after the restart'
fails_with 1 '' flock -n "$MNT/x" true
fails_with 1 'Device or resource busy' touch "$MNT/x"
echo >&"$UNTIL"
wait "$shell"
wait_until 2 not test -e "$MNT/x" || fail 'the shell has ended, and it is held'
touch "$MNT/x"

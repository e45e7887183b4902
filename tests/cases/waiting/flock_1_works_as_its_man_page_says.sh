#!/bin/bash
# util-linux flock on a lease: commands, -n, -w, -E, -u, -o, and its own exit statuses.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
assert_eq "$(flock "$MNT/x" cat "$MNT/x" | jq -r .bound)" true 'bound while the command runs'
assert_free x
status=0
flock "$MNT/x" sh -c 'exit 7' || status=$?
assert_eq "$status" 7 "the command's status"

flock "$MNT/x" sh -c "touch $WORK/begun; exec sleep 100" &
holder=$!
also_kill "$holder"
wait_until 10 test -e "$WORK/begun" || fail 'the holder does not begin'
fails_with 1 '' flock -n "$MNT/x" true
fails_with 9 '' flock -n -E 9 "$MNT/x" true
begin=$(now_us)
fails_with 1 '' flock -w 0.5 "$MNT/x" true
took=$((($(now_us) - begin) / 1000))
((took >= 450 && took < 3000)) || fail "-w 0.5 took $took ms"
fails_with 65 'Operation not supported' flock -s "$MNT/x" true
flock "$MNT/x" touch "$WORK/granted" &
waiter=$!
wait_until 10 grep -q place "$MNT/.lokt/queue/x" || fail 'the second does not wait'
[[ ! -e $WORK/granted ]] || fail 'two hold x at once'
# flock has forked: the command is its child, and both have the descriptor
command=$(pgrep -P "$holder")
kill -9 "$holder"
nap 0.1
[[ ! -e $WORK/granted ]] || fail 'granted while the command runs'
kill -9 "$command"
wait "$waiter" || fail 'the waiter was not granted'
assert_free x

# -u gives it back within the same open file
bash -c "exec 9<$MNT/.lokt/status.json; exec 9>>$MNT/y; flock 9; test -e $MNT/y; flock -u 9
	test ! -e $MNT/y; flock -n 9; test -e $MNT/y"
assert_free y

# -o: the command has no descriptor, flock itself has
flock -o "$MNT/x" sh -c "test -e $MNT/x; ! ls -l /proc/self/fd | grep -q $MNT/x" ||
	fail '-o leaves the descriptor with the command'
assert_free x

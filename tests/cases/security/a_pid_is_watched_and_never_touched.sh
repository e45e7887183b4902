#!/bin/bash
# The option pid, by file and by request: another user's process, pid 1, the daemon's own, kernel
# threads, numbers that are none. What lives is waited for and nothing else; the rest is EINVAL.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/users.sh"

users_make
mount_fs allow_other
thief=${USERS[0]} victim=${USERS[1]}
# Any signal that could be told apart ends it and is seen.
as "$victim" sleep 1000 &
theirs=$!
also_kill "$theirs"
disown
worker=$(worker_pid)

for pid in -1 0 -2147483648 "-$theirs" 4294967297 99999999999999999999 1.5 '"1"' '[1]'; do
	answer=$(ask_as "$thief" "{\"op\":\"acquire\",\"resource\":\"x\",\"pid\":$pid}" 2>&1) || true
	[[ $answer == *'"ok":true'* ]] && fail "pid $pid was taken: $answer"
	assert_match "$answer" EINVAL "the answer to pid $pid"
	fails_with 1 'Invalid argument' as "$thief" bash -c "echo '{\"pid\":$pid}' >'$MNT/y'"
	# the shell ignores what close says, but the claim is withdrawn
	assert_free x y
done
answer=$(ask_as "$thief" '{"op":"acquire","resource":"x","pid":2147483647}')
assert_match "$answer" no-process 'the answer to a pid of nobody'
assert_free x

for pid in "$theirs" 1 2 "$(daemon_pid)" "$worker"; do
	[[ -d /proc/$pid ]] || continue
	answer=$(ask_as "$thief" "{\"op\":\"acquire\",\"resource\":\"b$pid\",\"pid\":$pid}")
	assert_match "$answer" '"ok":true' "the answer to pid $pid"
	assert_eq "$(field "b$pid" uid)" "$thief" 'the holder, not the owner of the process'
	fails_with 1 '' as "$victim" rm -f "$MNT/b$pid"
	fails_with 1 'not permitted' as "$victim" rm -f "$MNT/.lokt/force/locks/b$pid"
done
as "$thief" rm "$MNT/.lokt/force/locks/b1"
assert_free b1
assert process_lives "$theirs"
assert_eq "$(worker_pid)" "$worker" 'the worker'
kill -9 "$theirs"
wait_until 10 test ! -e "$MNT/b$theirs" || fail 'the process has ended, and the lock is held'
assert_held "b$worker"
# Its end is the end of the lock that was bound to it, and of nothing else.
kill_worker
wait_until 10 test ! -e "$MNT/b$worker" || fail 'the worker has ended, and its lock is held'

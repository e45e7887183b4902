#!/bin/bash
# guard in a pid namespace of its own: the lease names its processes as the daemon sees them, is
# bound to them and to nobody else who has such a number, and excludes on both sides. Where the
# daemon cannot see it: exclusion by the open file, or a clear refusal.
. "$(dirname "$0")/../../lib/case.sh"
unshare -p -f --mount-proc true 2>/dev/null || skip 'no pid namespaces here: unshare -p is forbidden'
. "$(dirname "$0")/../../lib/guard.sh"
export LOKT

# within COMMAND: in the background in a namespace of its own, where it makes begun
within() {
	rm -f "$WORK/begun" "$WORK/end"
	unshare -p -f --mount-proc --kill-child bash -c "$1" 2>"$WORK/err" &
	GUARD=$!
	also_kill "$GUARD"
}
await_end="touch $WORK/begun; until [[ -e $WORK/end ]]; do sleep 0.02; done"

# is_below PID ANCESTOR
is_below() {
	local pid=$1
	while [[ $pid -gt 1 && $pid != "$2" ]]; do
		pid=$(awk '{print $4}' "/proc/$pid/stat")
	done
	[[ $pid == "$2" ]]
}

# is_bound_below FILE: to the process that it names and to the one it is bound to
is_bound_below() {
	local name pid
	name=$(field "$1" name)
	for pid in $(field "$1" pid) $(jq -r "select(.name == \"$name\" and .process) | .process[0]" \
		"$ROOT/audit.log" | tail -n 1); do
		is_below "$pid" "$GUARD" || fail "$1 names pid $pid, which is not of its namespace"
	done
}

# as its init, and below one
for command in 'exec "$LOKT" guard x --ttl 10s' '"$LOKT" guard x'; do
	within "$command -- bash -c '$await_end'; exit \$?"
	wait_until 10 test -e "$WORK/begun" || fail "it does not begin: $(<"$WORK/err")"
	is_bound_below x
	fails_with 2 'lock "x" held by' env LOKT_OWNER=rival "$LOKT" guard x -- true
	fails_with 2 'lock "x" held by' unshare -p -f --mount-proc env LOKT_OWNER=rival \
		"$LOKT" guard x -- true
	touch "$WORK/end"
	ends_with 0
	free_within 1 x
done

# one that waits, and is granted in words: no file is there to wait on
LOKT_OWNER=rival "$LOKT" lock path:d >/dev/null
within "LOKT_OWNER=waiter \"\$LOKT\" guard path:d/x --wait -- bash -c '$await_end'; exit \$?"
wait_until 10 grep -q place "$MNT/.lokt/queue/path:d%2Fx" || fail 'it does not wait'
LOKT_OWNER=rival "$LOKT" unlock path:d >/dev/null
wait_until 10 test -e "$WORK/begun" || fail "it was not granted: $(<"$WORK/err")"
is_bound_below path:d%2Fx
touch "$WORK/end"
ends_with 0
free_within 1 path:d%2Fx

# a nested one joins in there; one in a namespace below joins as well
within "\"\$LOKT\" guard x -- unshare -p -f --mount-proc \"\$LOKT\" guard x -- bash -c '$await_end'; exit \$?"
wait_until 10 test -e "$WORK/begun" || fail "it does not join: $(<"$WORK/err")"
touch "$WORK/end"
ends_with 0
free_within 1 x

# SIGKILL of guard alone: its command closed the descriptor and runs on
within "\"\$LOKT\" guard x -- bash -c 'echo \$PPID >$WORK/pid
	for fd in /proc/self/fd/*; do fd=\${fd##*/}; ((fd < 3)) || eval \"exec \$fd>&-\"; done
	$await_end' & wait \$!; until [[ -e $WORK/end ]]; do sleep 0.02; done; sleep 0.3"
wait_until 10 test -e "$WORK/begun" || fail "it does not begin: $(<"$WORK/err")"
kill -9 "$(field x pid)"
for ((i = 0; i < 30; i++)); do
	[[ -e $MNT/x ]] || fail 'free, and the command runs'
	nap 0.01
done
touch "$WORK/end"
free_within 1 x
wait "$GUARD" || true

# the whole namespace dies at once
within "\"\$LOKT\" guard x -- bash -c '$await_end'; exit \$?"
wait_until 10 test -e "$WORK/begun" || fail "it does not begin: $(<"$WORK/err")"
kill -9 "$GUARD"
free_within 1 x

# the daemon in there, and guard out here
umount_fs
MOUNTS+=("$MNT")
unshare -p -f --kill-child "$LOKTFS" -f -o "root=$ROOT" "$MNT" 2>"$WORK/daemon.err" &
also_kill $!
wait_until 10 is_mounted "$MNT" || fail "no mount: $(<"$WORK/daemon.err")"
guard_starts x -- bash -c "touch $WORK/begun; until [[ -e $WORK/end ]]; do sleep 0.02; done"
fails_with 1 '' flock -n "$MNT/x" true
not "$LOKT" guard x -- touch "$WORK/ran" 2>"$WORK/err" || fail 'two at once'
[[ ! -e $WORK/ran && -s $WORK/err ]] || fail "no word: $(<"$WORK/err")"
touch "$WORK/end"
ends_with 0
free_within 1 x
umount "$MNT"

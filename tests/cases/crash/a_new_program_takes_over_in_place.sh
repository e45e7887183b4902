#!/bin/bash
# slow 20
# lokt mount --reexec, under load: the daemon goes on as the program that was installed over it, and
# no call fails. One that could not go on is not let.
. "$(dirname "$0")/../../lib/case.sh"

BIN_COPY=$WORK/bin
mkdir "$BIN_COPY"
cp "$LOKTFS" "$LOKT" "$BIN_COPY"
LOKTFS=$BIN_COPY/loktfs LOKT=$BIN_COPY/lokt
export LOKT_ROOT=$ROOT
inode_of() {
	stat -L -c %i "/proc/$1/exe"
}

mount_fs
orphan touch "$MNT/kept" # nobody's, so that no release of all means it
wait_until 5 test -e "$MNT/kept" || fail 'touch does not lock'
before=$(cat "$MNT/kept")
flock "$MNT/bound" cat </dev/zero >/dev/null &
also_kill $!
wait_until 5 test -e "$MNT/bound" || fail 'flock does not lock'
flock "$MNT/bound" true &
waiter=$!
old=$(inode_of "$(worker_pid)")
pid=$(daemon_pid)

# installed over it, as a package does
install_over() {
	cp "$1" "$BIN_COPY/new"
	mv "$BIN_COPY/new" "$BIN_COPY/loktfs"
}
steps() {
	while [[ ! -e $WORK/stop ]]; do
		"$BIN/../tests/steps" "$MNT" strict >>"$WORK/wrong" 2>&1 || : >"$WORK/failed"
	done
}
for round in 1 2 3; do
	install_over "$BIN/loktfs"
	rm -f "$WORK/stop"
	steps &
	load=$!
	worker=$(worker_pid)
	"$LOKT" mount --reexec >/dev/null || fail "round $round: status $?"
	[[ $(worker_pid) != "$worker" ]] || fail "round $round: the same worker"
	: >"$WORK/stop"
	wait "$load"
	[[ ! -e $WORK/failed ]] || fail "round $round: $(cat "$WORK/wrong")"
done
assert_eq "$(daemon_pid)" "$pid" 'the supervisor'
[[ $(inode_of "$(worker_pid)") != "$old" ]] || fail 'the worker runs the old program'
assert_eq "$(inode_of "$(daemon_pid)")" "$(inode_of "$(worker_pid)")" "the supervisor's program"
assert_eq "$(cat "$MNT/kept")" "$before" 'the lease'
process_lives "$waiter" || fail 'the waiter has gone'

# what is no loktfs does not take over
worker=$(worker_pid)
install_over /bin/false
fails_with 1 'has not changed its program' "$LOKT" mount --reexec
assert_eq "$(worker_pid)" "$worker" 'the worker'
assert_held kept bound
kill_worker
assert_held kept bound

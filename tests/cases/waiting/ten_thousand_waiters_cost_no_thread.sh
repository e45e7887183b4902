#!/bin/bash
# slow. Ten thousand parked flock(2) calls: no thread of the daemon's, under 2 KiB each.
. "$(dirname "$0")/../../lib/case.sh"

of_daemon() {
	sed -n "s/^$1:[[:space:]]*\([0-9]*\).*/\1/p" "/proc/$(worker_pid)/status"
}

# what the queue's text took is given back, so that the figure is the waiters' alone
MALLOC_MMAP_THRESHOLD_=131072 mount_fs
mkfifo "$WORK/stay"
exec 9<>"$WORK/stay" # so that the reader waits
before=$(of_daemon VmRSS)
threads=$(of_daemon Threads)
"$WAITERS" park "$MNT" x 10000 <"$WORK/stay" >"$WORK/parked" &
also_kill $!
wait_until 100 test -s "$WORK/parked" || skip 'this machine has no room for 10000 threads'
each=$((($(of_daemon VmRSS) - before) * 1024 / 10000))
say "$each bytes each"
assert_eq "$(of_daemon Threads)" "$threads" 'threads'
# a build with sanitizers pads every allocation
grep -q libasan "/proc/$(worker_pid)/maps" || ((each < 2048)) || fail "$each bytes each"
kill -9 $!
wait_until 30 test ! -e "$MNT/x" || fail 'the dead hold x'
touch "$MNT/x"

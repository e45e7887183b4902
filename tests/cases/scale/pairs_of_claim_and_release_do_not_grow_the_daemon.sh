#!/bin/bash
# slow
# No descriptor and no memory is kept of a lease that has ended: under ten bytes for each of thirty
# thousand pairs (LONG=1: a hundred thousand).
. "$(dirname "$0")/../../lib/case.sh"

rss_kb() {
	sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$(worker_pid)/status"
}

descriptors() {
	descriptors_of "$(worker_pid)"
}

PAIRS=${PAIRS:-${LONG:+100000}}
PAIRS=${PAIRS:-30000}
mount_fs durability=os
"$LOAD" pairs "$MNT/x" $((PAIRS / 3))
touch "$MNT/kept"
rss=$(rss_kb)
fds=$(descriptors)
"$LOAD" pairs "$MNT/x" "$PAIRS"
say "RSS $rss kB, then $(rss_kb) kB; descriptors $fds, then $(descriptors)"
((($(rss_kb) - rss) * 1024 < 10 * PAIRS)) || fail "memory grew from $rss to $(rss_kb) kB"
wait_until 5 eval '(($(descriptors) <= fds))' || fail "descriptors grew from $fds to $(descriptors)"
assert_leases kept
kill_daemon
mount_fs
assert_leases kept

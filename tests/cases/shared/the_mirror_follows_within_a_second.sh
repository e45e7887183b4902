#!/bin/bash
# Ten rounds each way: a lease and its ref, a ref by hand and its lease, both ends of both. The
# median of each is under a second.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

ROUNDS=10
make_remote
make_clone a
mount_clone a
dir=$WORK/a

# timed WHAT CONDITION…: how long until it is so
timed() {
	local what=$1 since
	shift
	since=$(now_us)
	wait_until 10 "$@" || fail "$what: not within 10 s"
	say "$what $((($(now_us) - since) / 1000))" >>"$WORK/times"
}

is_renewed() {
	[[ $(git -C "$dir" rev-parse "$(ref_of issue:1)") != "$before" ]]
}

for ((i = 0; i < ROUNDS; i++)); do
	at a claim issue:1
	timed claimed has_ref "$dir" issue:1
	before=$(git -C "$dir" rev-parse "$(ref_of issue:1)")
	at a bash -c 'echo 1h >"$MNT/.lokt/renew/issue:1"'
	timed renewed is_renewed
	at a release issue:1
	timed released not has_ref "$dir" issue:1
	at a claim issue:1
	soon has_ref "$dir" issue:1
	drop_ref "$dir" issue:1
	timed deleted at a not is_held issue:1
	put_lock "$dir" issue:1 "$(in_ms 600000)"
	timed written at a is_held issue:1
	drop_ref "$dir" issue:1
	timed withdrawn at a not is_held issue:1
done
for what in claimed renewed released deleted written withdrawn; do
	median=$(sed -n "s/^$what //p" "$WORK/times" | sort -n | sed -n "$((ROUNDS / 2 + 1))p")
	say "$what: $median ms"
	((median < 1000)) || fail "$what: seen after $median ms: $(paste -sd ' ' "$WORK/times")"
done

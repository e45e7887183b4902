#!/bin/bash
# A directory with a live, empty loktfs is no mount point for another one, whatever its ROOT; of
# two that start on it at once one is refused.
. "$(dirname "$0")/../../lib/case.sh"

mounts_in_all() {
	awk -v dir="$1" '$5 == dir' /proc/self/mountinfo | wc -l
}

mount_fs
for root in "$ROOT" "$WORK/root2"; do
	mkdir -p "$root"
	status=0
	output=$("$LOKTFS" -o "root=$root" "$MNT" 2>&1) || status=$?
	[[ $status != 0 && -n $output ]] || fail "a second daemon ($root): status $status '$output'"
	assert_eq "$(mounts_in_all "$MNT")" 1 'the mounts on the directory'
done
touch "$MNT/x"
[[ -e $ROOT/locks/x ]] || fail 'ROOT/locks leads elsewhere'

BOTH=$WORK/both
mkdir "$BOTH"
MOUNTS+=("$BOTH" "$BOTH")
for round in 1 2 3 4 5; do
	pids=() won=0
	for root in "$WORK/a" "$WORK/b"; do
		rm -rf "$root"
		mkdir "$root"
		"$LOKTFS" -o "root=$root" "$BOTH" 2>"$root.err" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		if wait "$pid"; then won=$((won + 1)); fi
	done
	assert_eq "$won:$(mounts_in_all "$BOTH")" 1:1 "round $round: started:mounted"
	touch "$BOTH/x"
	DAEMONS+=("$(cat "$WORK"/[ab]/locks/.lokt/status.json "$WORK"/[ab]/daemon 2>/dev/null |
		jq -rs 'map(.pid // empty) | last')")
	fusermount3 -u "$BOTH"
	wait_until 10 not process_lives "${DAEMONS[-1]}" || fail 'a daemon outlives its mount'
done

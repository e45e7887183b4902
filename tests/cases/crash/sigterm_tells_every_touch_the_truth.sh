#!/bin/bash
# SIGTERM while many touches wait for the disk: after the next start there is a lease for each that
# said 0, and for no other.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/disk.sh"

# Through ROOT/locks, which dangles without a mount.
claim() {
	touch "$ROOT/locks/$1" 2>"$WORK/said/$1" && : >"$WORK/told/$1"
}

some_wait() {
	[[ $(grep -c '"event":"acquire"' "$ROOT/audit.log") -ge $1 ]]
}

mkdir "$WORK/told" "$WORK/said"
for round in 1 2 3 4; do
	mount_fs
	((round % 2)) || slow_disk 300
	pids=()
	before=$(grep -c '"event":"acquire"' "$ROOT/audit.log") || true
	for i in {1..30}; do
		claim "r$round.$i" &
		pids+=($!)
	done
	wait_until 5 some_wait $((before + round * 5)) || fail 'no touch came that far'
	kill -TERM "${DAEMONS[-1]}"
	for pid in "${pids[@]}"; do
		wait "$pid" || true
	done
	wait_until 10 not process_lives "${DAEMONS[-1]}" || fail 'SIGTERM did not end it'
done
mount_fs
say "$(find "$WORK/told" -type f | wc -l) of 120 said 0"
diff <(find "$WORK/told" -type f -printf '%f\n' | sort) \
	<(find "$MNT" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort) ||
	fail "told (<) and held (>) differ; touch said: $(cut -d: -f3- "$WORK"/said/* | sort | uniq -c)"

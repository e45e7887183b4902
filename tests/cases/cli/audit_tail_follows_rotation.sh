#!/bin/bash
# slow 30
# --tail sees every line once and in order while files are rotated under it, by hand in quick
# succession and by a daemon; it ends when nobody reads it any more.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

seq_is_gapless() { # FILE FIRST
	sed 's/^{"seq":\([0-9]*\),.*/\1/' "$1" | awk -v n="$2" '$1 != n++ { exit 1 }'
}

line() {
	printf '{"seq":%d,"ts":"2026-01-01T00:00:00Z","event":"acquire","name":"x","crc":"0"}\n' "$1"
}

mkdir "$ROOT"
line 1 >"$ROOT/audit.log"
"$LOKT" audit --tail --since 2025-01-01T00:00:00Z >"$WORK/followed" &
tail=$!
also_kill $tail
wait_until 5 grep -q '"seq":1,' "$WORK/followed" || fail 'the first line does not come'
first=1
for ((n = 2; n <= 300; n++)); do
	if ((n % 10 == 0)); then
		: >"$ROOT/audit.log.tmp"
		mv "$ROOT/audit.log" "$ROOT/audit-$(printf %020d $first).log"
		mv "$ROOT/audit.log.tmp" "$ROOT/audit.log"
		first=$n
	fi
	line $n >>"$ROOT/audit.log"
done
wait_until 10 grep -q '"seq":300,' "$WORK/followed" || fail "stuck: $(tail -n 1 "$WORK/followed")"
assert_eq "$(wc -l <"$WORK/followed")" 300 'lines followed'
assert seq_is_gapless "$WORK/followed" 1
before=$(awk '{ print $14 + $15 }' "/proc/$tail/stat")
nap 1
assert_eq "$(awk '{ print $14 + $15 }' "/proc/$tail/stat")" "$before" 'ticks of waiting'
kill "$tail"
rm -r "$ROOT"

# a daemon's own rotation
mount_fs durability=os
"$LOKT" audit --tail >"$WORK/followed" &
tail=$!
also_kill $tail
wait_until 5 eval 'ls -l "/proc/$tail/fd" | grep -q audit.log' || fail 'tail does not open the trail'
wait_until 5 eval 'touch $MNT/probe; rm $MNT/probe; [[ -s $WORK/followed ]]' || fail 'nothing comes'
"$LOAD" pairs "$MNT/x" 20000 >/dev/null
touch "$MNT/last"
wait_until 20 grep -q '"name":"last"' "$WORK/followed" || fail 'the end does not come'
find "$ROOT" -name 'audit-*.log' | grep -q . || fail 'nothing was rotated'
cat "$ROOT"/audit-*.log "$ROOT/audit.log" | grep -vE '"event":"(start|clock|reserve|bind)"' >"$WORK/all"
tail -n "$(wc -l <"$WORK/followed")" "$WORK/all" | cmp - "$WORK/followed" || fail 'not the same lines'

# nobody reads
("$LOKT" audit --tail; echo $? >"$WORK/status") | (exec <&-; nap 0.1) &
wait_until 5 test -s "$WORK/status" || fail 'it goes on for nobody'
assert_eq "$(<"$WORK/status")" 0 'status without a reader'

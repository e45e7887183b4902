#!/bin/bash
# The daemon stands still while thousands of leases expire, and questions wait for it. It carries out
# a few ends at a time, yet no answer may show a lease that has ended, nor refuse its name.
. "$(dirname "$0")/../../lib/case.sh"

COUNT=6000

# no more than them: when they have ended there is room
mount_fs "durability=os,ttl=4s,max_leases=$COUNT"
agent_start other env LOKT_OWNER=other
agent_start fresh
"$LOAD" many "$MNT" n "$COUNT"
names=("$MNT"/*)
last=${names[-1]##*/}
[[ ${#names[@]} -gt $((COUNT / 2)) ]] || fail "${#names[@]} of $COUNT names are left: this machine is too slow"
ends=$(find "$MNT" -type f -printf '%T@\n' | sort -n | tail -n 1)
worker=$(worker_pid)
kill -STOP "$worker"
asked=()
{ stat "$MNT/$last" >"$WORK/stat" 2>&1 || true; } &
asked+=($!)
as_agent other "touch $MNT/${names[-2]##*/}" >"$WORK/touch" 2>&1 &
asked+=($!)
as_agent fresh "touch $MNT/fresh" >"$WORK/fresh" 2>&1 &
asked+=($!)
{ ls -f "$MNT" >"$WORK/ls" 2>&1 || true; } &
asked+=($!)
has_ended() {
	awk -v now="$EPOCHREALTIME" -v end="$ends" 'BEGIN { exit !(now > end) }'
}
wait_until 20 has_ended
kill -CONT "$worker"
for pid in "${asked[@]}"; do
	wait "$pid" || fail "a question failed: $(cat "$WORK/touch" "$WORK/fresh")"
done
grep -q 'No such file' "$WORK/stat" || fail "it has ended, and stat says $(cat "$WORK/stat")"
seen=$(grep -cvxE '\.\.?|fresh|'"${names[-2]##*/}" "$WORK/ls") || true
assert_eq "$seen" 0 'leases that have ended and are listed'
assert_eq "$(field "${names[-2]##*/}" owner)" other 'who has the name now'

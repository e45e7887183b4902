#!/bin/bash
# force/ skips the rule; stale/ wants no TTL, unbound, no recorded ancestor alive.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
agent_start a
as_agent a 'touch $MNT/x; echo "{\"ttl\":null}" >$MNT/eternal'
rm "$MNT/.lokt/force/locks/x"
assert_free x
fails_with 1 '' rm "$MNT/.lokt/force/locks/x"
fails_with 1 '' rm "$MNT/.lokt/stale/eternal"
assert_held eternal
fails_with 1 '' touch "$MNT/.lokt/force/locks/new"
fails_with 1 '' touch "$MNT/.lokt/stale/new"
assert_free new
# A party of which nothing lives: an orphan in its own right.
setsid -f bash -c 'for i in $(seq 200); do
	[[ $(ps -o ppid= -p $$) -ne 1 ]] || { echo "{\"ttl\":null}" >$MNT/orphan; exit; }
	sleep 0.01
done'
wait_until 10 test -e "$MNT/orphan" || skip 'orphans have another parent than pid 1 here'
wait_until 5 rm -f "$MNT/.lokt/stale/orphan" || fail 'a stale lease cannot be broken'
assert_free orphan

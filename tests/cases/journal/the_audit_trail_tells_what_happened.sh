#!/bin/bash
# One JSON object a line, lokt's keys; readable and followable in the mount.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
LOKT_OWNER=me LOKT_AGENT_ID=agent touch "$MNT/x"
touch "$MNT/x" 2>/dev/null || true
LOKT_OWNER=me touch "$MNT/.lokt/renew/x"
LOKT_OWNER=me rm "$MNT/x"
touch "$MNT/.lokt/freezes/f"
touch "$MNT/f" 2>/dev/null || true
rm "$MNT/.lokt/freezes/f"
touch "$MNT/forced"
rm "$MNT/.lokt/force/locks/forced"
echo 100ms >"$MNT/short"
wait_until 5 test ! -e "$MNT/short"
umount_fs
jq -es 'all(.[]; has("ts") and has("event"))' "$ROOT/audit.log" >/dev/null || fail 'a line without ts or event'
seen=$(jq -r 'select(.name != null) | "\(.event) \(.name)"' "$ROOT/audit.log" | sort -u | paste -sd,)
for event in 'acquire x' 'deny x' 'renew x' 'release x' 'freeze f' 'freeze-deny f' 'unfreeze f' \
	'force-break forced' 'acquire short' 'expire short'; do
	[[ ,$seen, == *",$event,"* ]] || fail "no '$event' in: $seen"
done
acquired=$(jq -c 'select(.event == "acquire" and .name == "x")' "$ROOT/audit.log" | head -n 1)
assert_eq "$(jq -r '"\(.owner) \(.agent_id) \(.ttl_sec)"' <<<"$acquired")" 'me agent 300' 'the acquire'
jq -e '(.lock_id | test("^[0-9a-f]{32}$")) and (.pid > 0) and (.host | length > 0)' \
	<<<"$acquired" >/dev/null || fail "acquire: $acquired"
mount_fs
cmp <(head -n 3 "$MNT/.lokt/audit.log") <(head -n 3 "$ROOT/audit.log") || fail 'the mount shows another trail'
tail -n 0 -f "$MNT/.lokt/audit.log" >"$WORK/followed" 2>/dev/null &
also_kill $!
nap 0.3 # tail has no way to say that it is ready
touch "$MNT/followed"
wait_until 10 grep -q followed "$WORK/followed" || fail 'tail -f shows nothing'

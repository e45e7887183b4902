#!/bin/bash
# kill -9 with shared leases held: after the start leases, refs and remote are the same again. What
# ended while nobody could tell is deleted there; another's is never.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"
EXPECT_LOG='git|remote'

strict_clones
at b claim issue:theirs
for i in 1 2 3; do
	at a claim "issue:$i"
done
ids=("$(at a lock_id issue:1)" "$(at a lock_id issue:2)" "$(at a lock_id issue:3)")
agrees() {
	local i
	for i in 1 2 3; do
		at a holds "${ids[i - 1]}" "issue:$i" && is_mirrored "$REMOTE" "issue:$i" "${ids[i - 1]}" &&
			is_mirrored "$WORK/a" "issue:$i" "${ids[i - 1]}" || return
	done
}
agrees || fail 'they do not agree before'

# an own lease that ends while nobody runs; long enough for the kill to come first
at a bash -c 'echo 5s >"$MNT/issue:short"'
at a kill_daemon
nap 5.5
has_ref "$REMOTE" issue:short || fail 'the remote has forgotten it by itself'
mount_clone a
soon agrees
at a assert_free issue:short
wait_until 20 not has_ref "$REMOTE" issue:short || fail 'expired while nobody ran, and still on the remote'
soon not has_ref "$WORK/a" issue:short
soon at a is_held issue:theirs
at b is_busy issue:1
at b holds "$(ref_field "$REMOTE" issue:theirs nonce)" issue:theirs

# refs that somebody has broken while nobody ran: force-break, not resurrection
at a kill_daemon
drop_ref "$WORK/a" issue:3
drop_ref "$REMOTE" issue:3
mount_clone a
soon at a not is_held issue:3
not has_ref "$REMOTE" issue:3 || fail 'it came back'
at b wait_until 10 claims issue:3 || fail 'broken, and still refused'
at b release issue:3

# broken on the remote alone, and taken by another
at a claim issue:4
at a kill_daemon
drop_ref "$REMOTE" issue:4
at b wait_until 10 claims issue:4 || fail 'broken, and still refused'
theirs=$(at b lock_id issue:4)
mount_clone a
wait_until 20 at a holds "$theirs" issue:4 || fail 'two hold issue:4'
at a audit_has conflict issue:4 || fail 'not in the audit trail'
is_mirrored "$REMOTE" issue:4 "$theirs" || fail "another's lock was overwritten"

# a release that could not be told
mv "$REMOTE" "$WORK/away.git"
at a release issue:1
at a assert_free issue:1
at a kill_daemon
mount_clone a
at a assert_free issue:1
mv "$WORK/away.git" "$REMOTE"
wait_until 30 not has_ref "$REMOTE" issue:1 || fail 'released before the restart, and still on the remote'
at b wait_until 10 claims issue:1 || fail 'released, and still refused'
at b release issue:1
is_mirrored "$REMOTE" issue:2 "${ids[1]}" || fail 'what is held has gone from the remote'
at a holds "${ids[1]}" issue:2

# orderly ends keep leases and refs too
umount_clone a
is_mirrored "$REMOTE" issue:2 "${ids[1]}" || fail 'an orderly end has released a lease'
mount_clone a
at a holds "${ids[1]}" issue:2
at a release issue:2
at b release issue:4
at b release issue:theirs
wait_until 30 has_no_refs "$REMOTE" || fail "left on the remote: $(lock_refs "$REMOTE")"
wait_until 20 has_no_refs "$WORK/a" || fail "left here: $(lock_refs "$WORK/a")"

#!/bin/bash
# What was released in one clone is gone from the remote and from the others after both have
# synced; what was renewed is renewed there; a lock that nobody synced was never there.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

two_clones

at a claim issue:1
at a claim issue:2
sync_all a b
at b is_held issue:1
at b is_held issue:2
at a release issue:1
at b is_held issue:1 # nobody has told it
sync_all a
not has_ref "$REMOTE" issue:1 || fail 'released, and still on the remote'
sync_all b
soon at b not is_held issue:1
soon not has_ref "$WORK/b" issue:1
at b is_held issue:2
at b claim issue:1
id=$(at b lock_id issue:1)
sync_all b a
soon at a holds "$id" issue:1

# renewed
at a bash -c 'echo 3h >"$MNT/.lokt/renew/issue:2"'
sync_all a b
assert_eq "$(at b field issue:2 expires_unix_ms)" "$(at a field issue:2 expires_unix_ms)" 'the renewed expiry'
assert_eq "$(ref_field "$REMOTE" issue:2 nonce)" "$(at a lock_id issue:2)" 'its nonce'

# released and claimed again between two syncs: the new one, everywhere
at a release issue:2
at a claim issue:2
sync_all a b
soon at b holds "$(at a lock_id issue:2)" issue:2

# claimed and released between two syncs: never seen
at a claim issue:3
at a release issue:3
sync_all a b
at b not is_held issue:3
not has_ref "$REMOTE" issue:3

# in the end nothing is anywhere
at a release issue:2
at b release issue:1
sync_all a b a
has_no_refs "$REMOTE" || fail "left on the remote: $(lock_refs "$REMOTE")"
for clone in a b; do
	soon has_no_refs "$WORK/$clone"
	at "$clone" assert_leases
done

# a remote by its name, and what was done as a document
git init -q --bare "$WORK/other.git"
at a git remote add other "$WORK/other.git"
at a claim issue:4
at a "$LOKT" sync other --json >"$WORK/document"
jq -e '.schema_version == 1 and .ok and .data.remote == "other" and .data.pushed == 1 and
	.data.imported == 0 and .data.conflicts == []' "$WORK/document" >/dev/null || fail "it says $(<"$WORK/document")"
has_ref "$WORK/other.git" issue:4 || fail 'the other remote was not told'
not has_ref "$REMOTE" issue:4 || fail 'origin was told instead'

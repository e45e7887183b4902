#!/bin/bash
# Each lease with a namespace is refs/grite/locks/<hash>, a commit with lock.json; renewing adds a
# commit, releasing deletes the ref. Bare names stay here. packed refs are refs.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

make_remote
make_clone a
mount_clone a
dir=$WORK/a

at a claim issue:1
soon has_ref "$dir" issue:1
assert_eq "$(git -C "$dir" ls-tree -r --name-only "$(ref_of issue:1)")" lock.json 'the tree'
assert_eq "$(git -C "$dir" cat-file -t "$(ref_of issue:1)")" commit 'what the ref names'
lease=$(at a eval 'cat "$MNT/issue:1"')
git -C "$dir" cat-file blob "$(ref_of issue:1):lock.json" >"$WORK/lock.json"
assert_eq "$(jq -r 'keys | join(" ")' "$WORK/lock.json")" 'expires_unix_ms nonce owner resource' 'the keys'
assert_match "$(jq -r .owner "$WORK/lock.json")" '^[0-9a-f]{32}$' owner
assert_eq "$(jq -r .nonce "$WORK/lock.json")" "$(jq -r .lock_id <<<"$lease")" nonce
assert_eq "$(jq -r .expires_unix_ms "$WORK/lock.json")" "$(jq -r .expires_unix_ms <<<"$lease")" expiry
assert_eq "$(jq -r .resource "$WORK/lock.json")" issue:1 resource
assert_eq "$(git -C "$dir" log -1 --format='%an %ae' "$(ref_of issue:1)")" \
	"$(jq -r .owner <<<"$lease") lokt@host-a" 'the author'
assert_eq "$(git -C "$dir" log --format=%H "$(ref_of issue:1)" | wc -l)" 1 'commits of a new lock'

# the actor is shown as grite shows it
GRITE_ACTOR=$US at a bash -c 'touch "$MNT/path:src%2Fa.c"; true'
soon has_ref "$dir" path:src/a.c
assert_eq "$(ref_field "$dir" path:src/a.c owner)" "$US" 'the actor'
assert_eq "$(ref_field "$dir" path:src/a.c resource)" path:src/a.c 'the resource as people write it'

# renewed: another expiry, the same nonce, and the last commit behind it
before=$(git -C "$dir" rev-parse "$(ref_of issue:1)")
expiry=$(ref_field "$dir" issue:1 expires_unix_ms)
at a bash -c 'echo 1h >"$MNT/.lokt/renew/issue:1"'
later() {
	(($(ref_field "$dir" issue:1 expires_unix_ms) > expiry + 3000000))
}
soon later
assert_eq "$(ref_field "$dir" issue:1 nonce)" "$(jq -r .lock_id <<<"$lease")" 'nonce after renewal'
assert_eq "$(git -C "$dir" rev-parse "$(ref_of issue:1)^")" "$before" 'the parent'
assert_eq "$(git -C "$dir" rev-parse "$(ref_of issue:1)^@" | wc -l)" 1 'number of parents'

# packed refs are what they were, and can be released
kept=$(lock_refs "$dir")
git -C "$dir" pack-refs --all
at a claim issue:2
soon has_ref "$dir" issue:2
at a assert_leases issue:1 issue:2 path:src%2Fa.c
assert_eq "$(lock_refs "$dir" | grep -vF "$(ref_of issue:2)")" "$kept" 'packed refs'
at a release issue:1
soon not has_ref "$dir" issue:1
at a release path:src%2Fa.c
soon not has_ref "$dir" path:src/a.c

# an expiry ends the ref too, and bare names have none
at a bash -c 'echo 1s >"$MNT/issue:3"'
at a claim deploy
soon has_ref "$dir" issue:3
soon not has_ref "$dir" issue:3
not has_ref "$dir" deploy || fail 'a bare name has a ref'
assert_eq "$(lock_refs "$dir" | wc -l)" 1 'the refs'
at a assert_leases issue:2 deploy

# nothing of all this was told to anybody, nor to git's own files
has_no_refs "$REMOTE" || fail 'the remote was told without being asked'
assert_eq "$(git -C "$dir" status --porcelain)" '' 'the work tree'
assert_eq "$(git -C "$dir" for-each-ref --format='%(refname)' | grep -v '^refs/grite/')" \
	"$(printf '%s\n' refs/heads/main refs/remotes/origin/HEAD refs/remotes/origin/main)" 'other refs'
git -C "$dir" fsck --strict 2>&1 | grep -E 'error|missing' && fail 'git fsck finds faults'
umount_clone a
no_leftovers "$dir/.git"
soon no_stray_processes

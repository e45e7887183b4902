#!/bin/bash
# Linked work trees (one ROOT), bare repositories, submodules, shallow clones, GIT_DIR: each has
# its refs, its sync and its strict claims.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"
. "$(dirname "$0")/../../lib/kinds.sh"

make_remote
make_clone other
mount_clone other remote=origin,shared=strict,interval=1s
make_clone a
CLONES=(other) # the logs of the rest are named where they are mounted

mirrors "$WORK/a" "$WORK/a/.git"
syncs "$WORK/a" "$WORK/a/.git"
excludes "$WORK/a" "$WORK/a/.git"

# a linked work tree shares ROOT, locks and refs
git -C "$WORK/a" worktree add -q --detach "$WORK/linked"
MNT=$WORK/a/.git/lokt/mnt
(cd "$WORK/linked" && "$LOKT" acquire issue:linked >/dev/null)
is_held issue:linked || fail 'the work tree has a ROOT of its own'
has_ref "$WORK/linked" issue:linked || fail 'no ref'
is_mirrored "$REMOTE" issue:linked "$(lock_id issue:linked)" || fail 'not on the remote'
assert_eq "$("$FSOP" stat "$MNT/issue:linked")" "$(cd "$WORK/linked" && "$FSOP" stat "$(cd "$WORK/linked" && "$LOKT" path issue:linked)")" 'the file'
(cd "$WORK/linked" && "$LOKT" release issue:linked >/dev/null)
wait_until 10 has_no_refs "$REMOTE" || fail 'left on the remote'

# a ROOT that was made from the work tree first
git -C "$WORK/first" worktree add -q --detach "$WORK/linked2"
mirrors "$WORK/linked2" "$WORK/first/.git"

git clone -q --bare "$REMOTE" "$WORK/bare.git"
mirrors "$WORK/bare.git" "$WORK/bare.git"
syncs "$WORK/bare.git" "$WORK/bare.git"
excludes "$WORK/bare.git" "$WORK/bare.git"

git init -q "$WORK/super"
git -C "$WORK/super" -c protocol.file.allow=always submodule --quiet add "$REMOTE" module
mirrors "$WORK/super/module" "$WORK/super/.git/modules/module"
syncs "$WORK/super/module" "$WORK/super/.git/modules/module"
excludes "$WORK/super/module" "$WORK/super/.git/modules/module"
not has_ref "$WORK/super" issue:here || fail 'the superproject has the ref'

git -C "$WORK/first" commit -q --allow-empty -m second 2>/dev/null || git_as_us -C "$WORK/first" commit -q --allow-empty -m second
git -C "$WORK/first" push -q "$REMOTE" HEAD:main
git clone -q --depth 1 "file://$REMOTE" "$WORK/shallow"
assert_eq "$(git -C "$WORK/shallow" rev-parse --is-shallow-repository)" true 'shallow'
mirrors "$WORK/shallow" "$WORK/shallow/.git"
syncs "$WORK/shallow" "$WORK/shallow/.git"
excludes "$WORK/shallow" "$WORK/shallow/.git"
assert_eq "$(git -C "$WORK/shallow" rev-parse --is-shallow-repository)" true 'shallow'

# GIT_DIR, and a work tree elsewhere
git clone -q --bare "$REMOTE" "$WORK/apart.git"
git -C "$WORK/apart.git" config core.bare false
mkdir "$WORK/top"
mirrors "$WORK/top" "$WORK/apart.git" env "GIT_DIR=$WORK/apart.git" "GIT_WORK_TREE=$WORK/top"

# names with blanks, and paths that git must not take for options
git clone -q "$REMOTE" "$WORK/-a b'\"\$x"
mirrors "$WORK/-a b'\"\$x" "$WORK/-a b'\"\$x/.git"
syncs "$WORK/-a b'\"\$x" "$WORK/-a b'\"\$x/.git"

# an unborn branch, and a configuration that changes what git prints
git init -q "$WORK/unborn"
git -C "$WORK/unborn" config color.ui always
git -C "$WORK/unborn" config core.logAllRefUpdates always
git -C "$WORK/unborn" config commit.gpgSign true
git -C "$WORK/unborn" config log.showSignature true
git -C "$WORK/unborn" config core.pager 'sleep 1000'
git -C "$WORK/unborn" config core.quotePath true
git -C "$WORK/unborn" config receive.denyDeletes true
mirrors "$WORK/unborn" "$WORK/unborn/.git"

#!/bin/bash
# .locks in the worktree, listed in .git/info/exclude; ROOT in the git directory, all worktrees.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
unset LOKT_ROOT
mkdir "$WORK/repo"
cd "$WORK/repo"
git -c init.defaultBranch=main init -q
git -c user.name=n -c user.email=e@x commit -q --allow-empty -m first
ROOT=$WORK/repo/.git/lokt MNT=$WORK/repo/.git/lokt/mnt
MOUNTS+=("$MNT")
"$LOKT" init >/dev/null || fail 'init failed'
[[ ! -e $ROOT/daemon ]] || cli_adopt
[[ -L .locks ]] || fail 'no .locks'
grep -qx '/\?\.locks' .git/info/exclude || fail "exclude: $(cat .git/info/exclude)"
assert_eq "$(git status --porcelain)" '' 'git status'
"$LOKT" init >/dev/null || fail 'a second init is no error'
assert_eq "$(grep -c '\.locks' .git/info/exclude)" 1 'lines in exclude'
"$LOKT" lock a >/dev/null
cli_adopt
touch .locks/b
assert_leases a b
assert_eq "$(realpath -m "$(dirname "$("$LOKT" path x)")")" "$(realpath -m .locks)" path
git worktree add -q ../tree
cd ../tree
fails_with 2 'held' "$LOKT" lock a
mkdir sub
cd sub
fails_with 2 'held' "$LOKT" lock b
touch "$("$LOKT" path c)"
assert_leases a b c
cd "$WORK"

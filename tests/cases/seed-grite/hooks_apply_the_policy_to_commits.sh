#!/bin/bash
# pre-commit: the first commit, additions, changes, renames, deletions; with -C, from below, in
# another work tree, with an index of its own.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/grite.sh"

grite_mount
lokt hook install >/dev/null
stranger_start them env LOKT_OWNER=them
theirs() {
	as_agent them "cd $REPO && lokt $*" >/dev/null
}
refused() { # PART COMMAND…
	local before after
	before=$(git rev-parse -q --verify HEAD || true)
	fails_with 1 "$@"
	after=$(git rev-parse -q --verify HEAD || true)
	assert_eq "$after" "$before" HEAD
}
warned() { # PART COMMAND…
	fails_with 0 "$@"
}
quiet() {
	says 0 '' "$@"
	assert_eq "$(<"$WORK/stderr")" '' "what $* says"
}

# warn, and the very first commit
mkdir -p src doc
echo 1 >src/a.c
echo 1 >doc/b
git add .
theirs acquire path:src
warned '"src/a.c" is locked: "path:src" held by them' git commit -qm first
git log -1 --format=%s | grep -qx first
echo 2 >doc/b
quiet git commit -qam doc
quiet git -C "$WORK" -C repo commit -q --allow-empty -m empty

# renames and deletions touch both names
git mv src/a.c doc/a.c
warned '"src/a.c" is locked' git commit -qm 'away from theirs'
git mv doc/a.c src/again.c
warned '"src/again.c" is locked' git commit -qm 'to theirs'
git rm -q src/again.c
warned '"src/again.c" is locked' git commit -qm 'deleted'
# the user's configuration of diff changes nothing
git config diff.renames copies
git config diff.relative true
git config diff.noprefix true
git config core.quotePath true
git config color.ui always
mkdir -p src/sub
echo 1 >src/sub/$'odd\n"name'
git add .
(cd doc && warned '"src/sub/odd' git commit -qm odd)
theirs release path:src

# require
grite_config 'lock_policy = "require"\n'
echo 3 >doc/b
refused '"doc/b" is covered by no lock of yours' git commit -qam unlocked
lokt acquire path:doc >/dev/null
quiet git commit -qam locked
git mv doc/b outside
refused '"outside" is covered by no lock' git commit -qm half
lokt acquire path:outside >/dev/null
quiet git commit -qm whole
git rm -qr src
refused '"src/sub/odd' git -C "$REPO" commit -qm gone
quiet git commit -q --no-verify -m forced
theirs acquire path:src
mkdir src
echo 4 >src/new
git add src
refused '"src/new" is locked' git commit -qm theirs
git rm -qrf --cached src

# only what is committed counts
echo 5 >doc/c
echo 5 >unlocked
git add .
quiet git commit -qm partly doc/c
refused '"unlocked"' git commit -qm rest
git reset -q

# another work tree shares the locks and the hook
git worktree add -q "$WORK/tree" -b tree
echo 6 >"$WORK/tree/doc/c"
quiet git -C "$WORK/tree" commit -qam 'in the other tree'
echo 6 >"$WORK/tree/outsider"
git -C "$WORK/tree" add outsider
refused '"outsider" is covered' git -C "$WORK/tree" commit -qm no

grite_config 'lock_policy = "off"\n'
quiet git -C "$WORK/tree" commit -qm off

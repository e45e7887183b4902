#!/bin/bash
# Guards of one name in two worktrees of a repository exclude each other.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
unset LOKT_ROOT
git -C "$WORK" -c init.defaultBranch=main init -q repo
cd "$WORK/repo"
git -c user.name=t -c user.email=t@example.org commit -q --allow-empty -m first
git worktree add -q ../other 2>/dev/null
ROOT=$WORK/repo/.git/lokt MNT=$ROOT/mnt
MOUNTS+=("$MNT")
"$LOKT" guard x -- sh -c "touch $WORK/begun; exec sleep 100" &
GUARD=$!
wait_until 20 test -e "$WORK/begun" || fail 'guard does not begin'
cli_adopt
cd "$WORK/other"
fails_with 2 'lock "x" held by' "$LOKT" guard x -- true
kill "$GUARD"
"$LOKT" guard x --wait --timeout 10s -- true
wait "$GUARD" || true
assert_free x

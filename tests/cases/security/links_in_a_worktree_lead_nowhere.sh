#!/bin/bash
# .locks in a worktree: init replaces a link of its own kind and nothing else, and writes through
# none; a ROOT/locks that leads to a plain directory makes no lock there.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
unset LOKT_ROOT
ROOT=$WORK/repo/.git/lokt
MNT=$ROOT/mnt
MOUNTS=("$MNT")
git init -q "$WORK/repo"
cd "$WORK/repo"
mkdir "$WORK/outside"
echo precious >"$WORK/outside/file"
seen_outside() {
	find "$WORK/outside" -printf '%P %y %m %s %T@\n' | sort
}
before=$(seen_outside)

for target in "$WORK/outside" "$WORK/outside/file" "$WORK/outside/absent"; do
	ln -sfn "$target" .locks
	fails_with 1 '.locks' "$LOKT" init
	assert_eq "$(readlink .locks)" "$target" 'a link that is not ours'
	assert_eq "$(seen_outside)" "$before" 'outside'
done
cli_adopt
rm .locks
ln -s "$WORK/outside/locks" .locks
assert "$LOKT" init
touch .locks/x
assert_held x
assert_eq "$(seen_outside)" "$before" 'outside, after init'

# Where ROOT/locks leads decides; a place that is no mount is none of ours.
ln -sfn "$WORK/outside" "$ROOT/locks"
fails_with 1 '' env LOKT_NO_AUTOSTART=1 "$LOKT" lock y
fails_with 1 '' env LOKT_NO_AUTOSTART=1 "$LOKT" exists y
assert_eq "$(seen_outside)" "$before" 'outside, through ROOT/locks'

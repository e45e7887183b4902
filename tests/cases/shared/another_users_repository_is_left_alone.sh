#!/bin/bash
# git does not work on another user's repository (safe.directory): the mount works without refs,
# log and doctor say why, and a strict mount is refused with the reason.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

[[ $(id -u) == 0 ]] || skip 'only root can give a repository away'
make_remote
make_clone a
chown -R 12345 "$WORK/a"
not git -C "$WORK/a" rev-parse 2>/dev/null || skip 'this git takes any repository'
status=0
at a "$LOKT" mount -o remote=origin,shared=strict >"$WORK/said" 2>&1 || status=$?
at a eval 'MOUNTS+=("$MNT"); [[ ! -e $ROOT/daemon ]] || DAEMONS+=("$(daemon_pid)")'
assert_eq "$status" 1 'the status of a strict mount'
assert_match "$(<"$WORK/said")" 'safe\.directory|ownership|another user' 'what it says'

mount_clone a shared=off
at a claim issue:1
at a claim deploy
at a is_busy issue:1
nap 1
assert_eq "$(find "$WORK/a/.git/refs" -path '*grite*' -type f)" '' 'refs'
assert_match "$(<"$(root_of a)/daemon.log")" 'safe\.directory|ownership|another user' 'the log'
assert_match "$(at a "$LOKT" doctor 2>&1 || true)" 'safe\.directory|ownership|another user' 'what doctor says'
status=0
at a "$LOKT" sync --json >"$WORK/document" 2>/dev/null || status=$?
[[ $status != 0 ]] || fail 'sync works on it'
jq -e '.ok == false and .error.code == "git_error"' "$WORK/document" >/dev/null || fail "sync says $(<"$WORK/document")"
at a release issue:1

# allowed: from the next start on
umount_clone a
git config --file "$WORK/.gitconfig" --add safe.directory "$WORK/a"
git config --file "$WORK/.gitconfig" --add safe.directory "$WORK/a/.git"
unset GIT_CONFIG_GLOBAL
git -C "$WORK/a" rev-parse || fail 'git does not take it'
mount_clone a
at a claim issue:2
soon has_ref "$WORK/a" issue:2

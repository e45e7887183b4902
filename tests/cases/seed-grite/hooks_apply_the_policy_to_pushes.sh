#!/bin/bash
# pre-push: what the remote does not have yet, of new and old branches, tags and merges; nothing for
# deletions and for grite's own refs.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/grite.sh"

grite_mount
git init -q --bare "$WORK/remote.git"
git remote add origin "$WORK/remote.git"
commit() { # FILE
	mkdir -p "$(dirname "$1")"
	echo "$RANDOM$RANDOM" >>"$1"
	git add "$1"
	git commit -q --no-verify -m "$1"
}
commit old
commit src/old
git push -q origin main
lokt hook install >/dev/null
grite_config 'lock_policy = "require"\n'
refused() { # FILE COMMAND…
	local part="\"$1\" is covered by no lock"
	shift
	fails_with 1 "$part" "$@"
}
passes() {
	local status=0
	"$@" >"$WORK/out" 2>&1 </dev/null || status=$?
	assert_eq "$status" 0 "$*: $(<"$WORK/out")"
	not grep -q '^error:' "$WORK/out" || fail "$* said $(<"$WORK/out")"
}

commit doc/a
commit doc/b
refused doc/a git push -q origin main
assert_eq "$(git -C "$WORK/remote.git" log -1 --format=%s main)" src/old 'what the remote has'
lokt acquire path:doc >/dev/null
passes git push -q origin main
passes git push -q origin main

# a new branch is what no remote has, not all of its history
git checkout -q -b topic
passes git push -q origin topic
commit new
refused new git push -q origin topic:other HEAD:refs/heads/third
lokt acquire path:new >/dev/null
passes git push -q origin topic:other
# a tag with a commit of its own, and one of what is there
git tag -a -m t seen
passes git push -q origin seen
commit tagged
git tag -a -m t unseen
refused tagged git push -q origin unseen
git tag -d unseen >/dev/null
git reset -q --hard HEAD~

# deletions change no files, also next to what does
passes git push -q origin :other
passes git push -q --delete origin topic
commit late
refused late git push -q origin :refs/tags/seen topic
git reset -q --hard HEAD~

# a merge is what it brings, and what only it changes
git checkout -q main
git checkout -q -b side
commit side
git checkout -q main
commit doc/c
git merge -q --no-ff --no-commit side
echo evil >>src/old
git commit -q --no-verify -am merge
out=$(git push -q origin main 2>&1 || true)
assert_match "$out" '"side" is covered'
git reset -q --hard HEAD~

# history written anew, and a remote that has what we do not
passes git push -q origin main
git clone -q "$WORK/remote.git" "$WORK/clone"
git -C "$WORK/clone" commit -q --allow-empty -m elsewhere
git -C "$WORK/clone" push -q origin main
git commit -q --no-verify --amend -m again
lokt release path:doc >/dev/null
refused doc/c git push -q --force origin main
lokt acquire path:doc >/dev/null
passes git push -q --force origin main

# lock refs are no files
tree=$(printf '100644 blob %s\tlock.json\n' "$(echo '{}' | git hash-object -w --stdin)" | git mktree)
git update-ref refs/grite/locks/0123456789abcdef "$(git commit-tree "$tree" -m lock)"
passes git push -q origin 'refs/grite/locks/*'

# warn says it and lets it through; a remote by path; from another directory
grite_config 'lock_policy = "warn"\n'
stranger_start them env LOKT_OWNER=them
as_agent them "cd $REPO && lokt acquire path:src" >/dev/null
commit src/new
cd /
fails_with 0 '"src/new" is locked: "path:src" held by them' git -C "$REPO" push -q "$WORK/remote.git" main

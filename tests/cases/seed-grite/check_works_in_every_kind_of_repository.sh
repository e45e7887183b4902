#!/bin/bash
# Work trees, submodules, GIT_DIR, SHA-256 objects, shallow clones, bare repositories: the files
# that change are found, and the locks are those of that very repository.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/grite.sh"

git commit -q --allow-empty -m empty
stranger_start them env LOKT_OWNER=them
adopt() { # DIRECTORY: of the repository's locks
	MOUNTS+=("$1/lokt/mnt")
	DAEMONS+=("$(jq -r .pid "$1/lokt/daemon")")
}
# finds DIRECTORY GIT-DIRECTORY COMMAND…: a staged file under another's lock
finds() {
	local dir=$1 git=$2
	shift 2
	mkdir -p "$git/grite"
	echo 'lock_policy = "require"' >"$git/grite/config.toml"
	as_agent them "cd $dir && lokt acquire path:file" >/dev/null
	adopt "$git"
	echo "$RANDOM" >"$dir/file"
	fails_with 1 '"file" is locked: "path:file" held by them' "$@"
	as_agent them "cd $dir && lokt release path:file" >/dev/null
	fails_with 1 '"file" is covered by no lock' "$@"
	(cd "$dir" && lokt acquire path:file >/dev/null)
	says 0 '' "$@"
	(cd "$dir" && lokt release path:file >/dev/null)
}
stages() {
	git add file && lokt check --staged
}

finds "$REPO" "$REPO/.git" stages
git init -q --object-format=sha256 "$WORK/sha256"
cd "$WORK/sha256"
finds "$PWD" "$PWD/.git" stages
git commit -q --no-verify -m first
echo more >>file
fails_with 1 '"file" is covered' stages

cd "$REPO"
git commit -q --no-verify -m file
git init -q "$WORK/super"
cd "$WORK/super"
git -c protocol.file.allow=always submodule --quiet add "$REPO" module
git commit -q -m super
cd module
finds "$PWD" "$WORK/super/.git/modules/module" stages

git clone -q --depth 1 "file://$REPO" "$WORK/shallow"
cd "$WORK/shallow"
finds "$PWD" "$PWD/.git" stages
git commit -q --no-verify -m shallow
git -C "$REPO" checkout -q --detach
lokt hook install >/dev/null
fails_with 1 '"file" is covered by no lock' git push -q origin HEAD:refs/heads/pushed

mkdir "$WORK/top"
git init -q --bare "$WORK/apart.git"
cd "$WORK/top"
export GIT_DIR=$WORK/apart.git GIT_WORK_TREE=$WORK/top
echo 1 >file
git add file
mkdir -p "$GIT_DIR/grite"
echo 'lock_policy = "require"' >"$GIT_DIR/grite/config.toml"
fails_with 1 '"file" is covered by no lock' lokt check --staged
adopt "$GIT_DIR"
lokt acquire path:file >/dev/null
says 0 '' lokt check --staged
unset GIT_DIR GIT_WORK_TREE

# bare: pushes from it are checked, files in it there are none
git clone -q --bare "$WORK/sha256" "$WORK/bare.git"
cd "$WORK/bare.git"
mkdir grite
echo 'lock_policy = "require"' >grite/config.toml
git remote remove origin
zero=$(printf '0%.0s' {1..64})
line="refs/heads/main $(git rev-parse main) refs/heads/main $zero"
status=0
out=$(lokt check --push <<<"$line" 2>&1) || status=$?
adopt "$WORK/bare.git"
assert_eq "$status" 1 "a push's status"
assert_match "$out" '"file" is covered by no lock'
says 5 '' lokt check file
for junk in 'one two' "a $zero b 12" "$line more" "x ${zero}0 y $zero"; do
	status=0
	lokt check --push <<<"$junk" >/dev/null 2>&1 || status=$?
	assert_eq "$status" 1 "the status for '$junk'"
done
says 0 '' lokt check --push

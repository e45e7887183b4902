#!/bin/bash
# Where no repository and no LOKT_ROOT is, the first lokt of a directory says that its locks are this
# directory's alone; not in a repository, not with LOKT_ROOT, and only once.
. "$(dirname "$0")/../../lib/case.sh"

fuse_is_there || skip 'no /dev/fuse or no fusermount3'
export GIT_CEILING_DIRECTORIES=$WORK
mkdir "$WORK/plain" "$WORK/other" "$WORK/repository"
git init -q "$WORK/repository"

# says EXPECTED DIRECTORY COMMAND…: whether the hint comes, which is never on stdout
says() {
	local expected=$1 count
	cd "$2"
	shift 2
	"$LOKT" "$@" 2>"$WORK/stderr" >"$WORK/stdout" || fail "lokt $*: $(<"$WORK/stderr")"
	cd "$WORK"
	count=$(grep -c "locks are this directory's alone" "$WORK/stderr") || true
	assert_eq "$count" "$expected" "hints of lokt $*"
	! grep -q alone "$WORK/stdout" || fail 'the hint is on stdout'
}
MOUNTS+=("$WORK"/{plain,other}/.lokt/mnt "$WORK/repository/.git/lokt/mnt" "$MNT")
says 1 "$WORK/plain" lock x --json
says 0 "$WORK/plain" unlock x
says 1 "$WORK/other" mount
says 0 "$WORK/repository" status
LOKT_ROOT=$ROOT says 0 "$WORK/other" status
for root in plain/.lokt other/.lokt repository/.git/lokt root; do
	DAEMONS+=("$(jq .pid "$WORK/$root/daemon")")
done

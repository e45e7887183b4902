#!/bin/bash
# lokt sync without a repository, a remote, or with one that cannot be a remote's name: an error
# that names it, a status that fits, one document. Nothing is run that an argument asks for.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

# ends STATUS CODE 'PART' ARGUMENT…: with and without --json
ends() {
	local expected=$1 code=$2 part=$3 status=0 output
	shift 3
	fails_with "$expected" "$part" "$LOKT" sync "$@"
	output=$("$LOKT" sync --json "$@" 2>/dev/null) || status=$?
	assert_eq "$status" "$expected" "status of sync --json $*"
	jq -es --arg code "$code" 'length == 1 and (.[0] | .schema_version == 1 and .ok == false and
		.error.code == $code and (.error.message | length > 0))' <<<"$output" >/dev/null ||
		fail "sync --json $* says '$output', expected $code"
}

mkdir "$WORK/nowhere"
cd "$WORK/nowhere"
ends 5 git_error 'git repository'
export LOKT_ROOT=$WORK/nowhere/root
MOUNTS+=("$LOKT_ROOT/mnt")
ROOT_DIRS+=("$LOKT_ROOT")
ends 5 git_error ''
[[ ! -e $LOKT_ROOT/daemon ]] || DAEMONS+=("$(jq -r .pid "$LOKT_ROOT/daemon")")
unset LOKT_ROOT

git init -q "$WORK/alone"
cd "$WORK/alone"
CLONES+=(alone)
at alone start_daemon
ends 1 git_error "cannot sync: origin: git ls-remote"
make_remote
git remote add origin "$REMOTE"
"$LOKT" sync >/dev/null || fail 'a remote that came after the start is not found'
make_clone a
mount_clone a
cd "$WORK/a"
ends 1 git_error nope nope
ends 2 invalid_args '' -x
ends 2 invalid_args '' origin origin
for name in "$REMOTE" "file://$REMOTE" https://example.org/x.git 'ext::sh -c true' ../remote.git . '' \
	'origin/..' 'a b' $'a\nb' "$(printf 'x%.0s' {1..400})"; do
	status=0
	output=$(timeout 20 "$LOKT" sync --json -- "$name" 2>/dev/null) || status=$?
	[[ $status == 1 || $status == 2 ]] || fail "sync '$name' ended with $status"
	jq -es 'length == 1 and (.[0] | .ok == false and (.error.message | length > 0))' <<<"$output" >/dev/null ||
		fail "sync '$name' says '$output'"
done
ends 2 invalid_args '-x' -- -x
ends 2 invalid_args '' -- --upload-pack="touch $WORK/pwned"
git config remote.evil.url "ext::sh -c 'touch% $WORK/pwned'"
status=0
timeout 20 "$LOKT" sync evil >/dev/null 2>&1 || status=$?
assert_eq "$status" 1 'status with a transport that git does not allow'
[[ ! -e $WORK/pwned ]] || fail 'an argument was run'

# a remote that is not there, and one that is no repository
git remote add gone "$WORK/gone.git"
ends 1 git_error gone gone
git remote add plain "$WORK/nowhere"
ends 1 git_error plain plain

# strict without a remote: refused, not local by stealth, and it says how to go on
git init -q "$WORK/lone"
CLONES+=(lone)
at lone fails_with 1 'has no remote "origin": git remote add it, or lokt mount -o shared=off' \
	"$LOKT" init -o shared=strict
at lone fails_with 1 'has no remote' "$LOKT" status
at lone start_daemon shared=off

# the mount is refused what cannot be
for option in 'remote=nope,shared=strict' 'remote=-x,shared=strict' "remote=$REMOTE,shared=strict" shared=sometimes \
	interval=0 skew=never strict_wait=-1s; do
	status=0
	make_clone "refused$RANDOM$RANDOM"
	at "${CLONES[-1]}" "$LOKT" mount -o "$option" >"$WORK/said" 2>&1 || status=$?
	at "${CLONES[-1]}" eval 'MOUNTS+=("$MNT"); [[ ! -e $ROOT/daemon ]] || DAEMONS+=("$(daemon_pid)")'
	[[ $status != 0 ]] || fail "-o $option is taken"
	[[ -s $WORK/said ]] || fail "-o $option is refused without a word"
done

# which changes nothing about the one that goes without saying
"$LOKT" sync | grep -q 'synced with origin' || fail 'sync goes to the last remote that was named'

# a mount that is kept in step with one remote says which
git remote add second "$REMOTE"
make_clone kept
mount_clone kept remote=origin,shared=async
git -C "$WORK/kept" remote add second "$REMOTE"
cd "$WORK/kept"
ends 2 invalid_args 'in step with origin' second
"$LOKT" sync origin >/dev/null
cd "$WORK/a"

# and the daemon of a has gone through all of it
at a claim issue:1
soon has_ref "$WORK/a" issue:1
"$LOKT" sync | grep -q . || fail 'sync says nothing'
"$LOKT" sync origin >/dev/null
has_ref "$REMOTE" issue:1
EXPECT_LOG='remote|repository'

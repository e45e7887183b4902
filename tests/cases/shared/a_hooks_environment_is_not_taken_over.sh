#!/bin/bash
# A daemon that was started from a git hook inherits GIT_DIR, an index, a quarantine: none of that
# may lead it elsewhere, then or when the hook has ended.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"
. "$(dirname "$0")/../../lib/kinds.sh"

make_remote
git clone -q "$REMOTE" "$WORK/a"

# from_hook GIT-DIRECTORY: of the daemon that the hook has started
from_hook() {
	ROOT=$1/lokt
	MNT=$ROOT/mnt
	MOUNTS+=("$MNT")
	ROOT_DIRS+=("$ROOT")
	DAEMONS+=("$(daemon_pid)")
	tr '\0' '\n' <"/proc/${DAEMONS[-1]}/environ" | grep -q "^$2=" || fail "the hook has no $2: this case sees nothing"
	soon has_ref "$1" issue:hook
	is_mirrored "$1" issue:hook "$(lock_id issue:hook)" || fail 'another lock has its ref'
	release issue:hook
	soon not has_ref "$1" issue:hook
	put_lock "$1" issue:there "$(in_ms 600000)"
	soon is_held issue:there
	drop_ref "$1" issue:there
	soon not is_held issue:there
	claim issue:later
	soon has_ref "$1" issue:later
}

hook() { # GIT-DIRECTORY NAME
	printf '#!/bin/sh\n"%s" acquire issue:hook >>"%s" 2>&1\n' "$LOKT" "$WORK/hook.log" >"$1/hooks/$2"
	chmod +x "$1/hooks/$2"
}

hook "$WORK/a/.git" pre-commit
echo 1 >"$WORK/a/file"
git -C "$WORK/a" add file
(cd "$WORK/a" && git_as_us commit -q -m hook file) || fail "$(<"$WORK/hook.log")"
from_hook "$WORK/a/.git" GIT_INDEX_FILE
(cd "$WORK/a" && "$LOKT" sync >/dev/null)
is_mirrored "$REMOTE" issue:later "$(lock_id issue:later)" || fail 'the remote was not told'
release issue:later
(cd "$WORK/a" && "$LOKT" sync >/dev/null)

# where a push is received, what it brings is in quarantine
hook "$REMOTE" pre-receive
(cd "$WORK/a" && git push -q origin HEAD:main) || fail "$(<"$WORK/hook.log")"
rm "$REMOTE/hooks/pre-receive"
from_hook "$REMOTE" GIT_QUARANTINE_PATH

# and one that is told of a repository that is none
git clone -q "$REMOTE" "$WORK/b"
mirrors "$WORK/b" "$WORK/b/.git" env GIT_INDEX_FILE=/nonexistent GIT_OBJECT_DIRECTORY=/nonexistent \
	GIT_NAMESPACE=elsewhere GIT_TRACE=1 GIT_CEILING_DIRECTORIES=/ GIT_CONFIG_COUNT=1 \
	GIT_CONFIG_KEY_0=core.bare GIT_CONFIG_VALUE_0=nonsense

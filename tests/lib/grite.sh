# shellcheck shell=bash
# For cases about the grite family: a repository whose ROOT is found as git finds it, `grite` as a
# symlink to lokt, behind it on PATH a stub that other subcommands reach, and the seed document's
# snippets. Sourced after case.sh.

REPO=$WORK/repo
ROOT=$REPO/.git/lokt
MNT=$ROOT/mnt
SEED=$TESTS/fixtures/seeds/grite-distributed-locks.md
US=64d15a2c383e2161772f9cea23e87222
THEM=e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0
export GIT_CONFIG_GLOBAL=$WORK/gitconfig GIT_CONFIG_SYSTEM=/dev/null REPO US THEM

fuse_is_there || skip 'no /dev/fuse or no fusermount3'
git config --global user.name case
git config --global user.email case@example.org
git config --global init.defaultBranch main
git init -q "$REPO"
cd "$REPO" || exit
MOUNTS+=("$MNT")

mkdir "$WORK/ours" "$WORK/theirs"
ln -s "$(realpath "$LOKT")" "$WORK/ours/grite"
ln -s "$(realpath "$LOKT")" "$WORK/ours/lokt"
ln -s "$(realpath "$LOKT")" "$WORK/theirs/grite-is-lokt"
cat >"$WORK/theirs/grite" <<'STUB'
#!/bin/sh
# What grite itself would do: said, and no more.
printf '%s\n' "$*" >>"$WORK/stub.log"
case "$1 $2" in
'issue list') echo '{"data":{"issues":[{"issue_id":"aaaa1111"},{"issue_id":"bbbb2222"}]}}' ;;
'issue fail') exit 9 ;;
esac
STUB
chmod +x "$WORK/theirs/grite"
export PATH=$WORK/ours:$WORK/theirs:$PATH

# Starts the daemon, and has the clean-up end it.
grite_mount() {
	"$LOKT" mount >/dev/null
	DAEMONS+=("$(daemon_pid)")
}

# Ends it, so that the next start reads the configuration anew.
grite_umount() {
	"$LOKT" umount >/dev/null
	wait_until 10 not process_lives "${DAEMONS[-1]}" || fail 'the daemon outlives its mount'
}

# grite_config 'TEXT'
grite_config() {
	mkdir -p "$REPO/.git/grite"
	printf '%b' "$1" >"$REPO/.git/grite/config.toml"
}

# snippet LANGUAGE N: the Nth block of that language ("bash", "json", "toml", "" for output).
snippet() {
	awk -v language="$1" -v wanted="$2" '
		/^```/ && inside { inside = 0; next }
		/^```/ { inside = 1; if (substr($0, 4) == language) n++; takes = substr($0, 4) == language && n == wanted; next }
		inside && takes
	' "$SEED"
}

# run_snippet N ['what the snippet leaves to its reader']: status and output are the snippet's.
run_snippet() {
	{
		printf 'cd "$REPO"\n%s\n' "${2-}"
		snippet bash "$1"
	} >"$WORK/snippet.$1"
	bash "$WORK/snippet.$1"
}

# The same as another agent; who was made by stranger_start.
run_snippet_as() {
	local who=$1 number=$2
	{
		printf 'cd "$REPO"\n%s\n' "${3-}"
		snippet bash "$number"
	} >"$WORK/snippet.$number"
	as_agent "$who" "bash $WORK/snippet.$number"
}

# says STATUS 'stdout' COMMAND…: and what it said on stderr is in $WORK/stderr.
says() {
	local expected=$1 text=$2 status=0 output
	shift 2
	output=$("$@" 2>"$WORK/stderr" </dev/null) || status=$?
	[[ $status == "$expected" ]] ||
		fail "'$*' ended with $status, expected $expected: $output $(<"$WORK/stderr")"
	[[ $output == "$text" ]] || fail "'$*' said '$output', expected '$text'"
}

# answers STATUS 'JQ FILTER' COMMAND…: exactly one JSON document on stdout for which it holds.
answers() {
	local expected=$1 filter=$2 status=0 output
	shift 2
	output=$("$@" 2>"$WORK/stderr" </dev/null) || status=$?
	[[ $status == "$expected" ]] ||
		fail "'$*' ended with $status, expected $expected: $output $(<"$WORK/stderr")"
	jq -es "length == 1 and (.[0] | $filter)" <<<"$output" >/dev/null ||
		fail "'$*' said '$output', expected $filter"
}

# The actor that lokt shows for a lease of this user without one.
derived_actor() {
	printf '%s\0%s\0%s\0%s\0' "$(cat /etc/machine-id 2>/dev/null || hostname)" "$(id -u)" \
		"$(id -un)" "$(hostname)" | sha256sum | cut -c1-32
}

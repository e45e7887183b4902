#!/bin/bash
# docs/agents.md has the rules of lokt prime word for word, every format of it, settings that are
# JSON, and a hook that refuses what lock_policy refuses.
. "$(dirname "$0")/../../lib/case.sh"

AGENTS=$TESTS/../docs/agents.md
HOOK=$TESTS/../docs/examples/agent-hook.sh

git init -q -b main "$WORK/repo"
cd "$WORK/repo"
rules=0
while read -r line; do
	rules=$((rules + 1))
	grep -qxF -e "$line" "$AGENTS" || fail "docs/agents.md lacks: $line"
done < <("$LOKT" prime | sed -n '/^## Rules/,/^## Who/p' | grep '^- ' | grep -v 'Without lokt')
((rules >= 8)) || fail "only $rules rules were found"
while read -r format; do
	[[ $format == markdown ]] || grep -qE -- "--format $format( |\`)" "$AGENTS" ||
		fail "docs/agents.md lacks $format"
done < <("$LOKT" prime --help | sed -n 's/^  --format F *//p' | tr ',' '\n' | tr -d ' ')
awk '/^```/ { on = $0 == "```json"; next } on' "$AGENTS" |
	jq -e '.hooks.SessionStart and .hooks.PreToolUse' >/dev/null || fail 'the settings are no JSON'

# the wrappers that it shows
mkdir -p scripts
awk '/^```/ { on = $0 == "```sh"; next } on' "$AGENTS" >"$WORK/wrappers"
bash -e "$WORK/wrappers" >/dev/null
for script in deploy migrate; do
	grep -q "exec lokt guard $script" "scripts/$script.sh" || fail "no $script.sh"
done

# the hook
fuse_is_there || skip 'no /dev/fuse or no fusermount3: the hook was not run'
ROOT=$WORK/repo/.git/lokt MNT=$WORK/repo/.git/lokt/mnt
MOUNTS+=("$MNT")
"$LOKT" init >/dev/null
DAEMONS+=("$(daemon_pid)")
mkdir -p .git/grite src

hook() {
	printf '{"tool_name":"Edit","tool_input":{"file_path":"%s"}}' "$1" | bash "$HOOK"
}

hook "$WORK/repo/src/a.c" 2>/dev/null || fail 'refused by default'
echo 'lock_policy = "require"' >.git/grite/config.toml
fails_with 2 src/a.c hook "$WORK/repo/src/a.c"
"$LOKT" acquire --resource path:src/a.c >/dev/null
hook "$WORK/repo/src/a.c" || fail 'refused in spite of a lock of its own'
fails_with 2 src/b.c hook "$WORK/repo/src/b.c"
"$LOKT" release --resource path:src/a.c >/dev/null
LOKT_OWNER=other "$LOKT" acquire --resource path:src >/dev/null
LOKT_OWNER=me fails_with 2 other hook "$WORK/repo/src/a.c"
echo '{"tool_name":"Bash","tool_input":{"command":"ls"}}' | bash "$HOOK" || fail 'a tool without a file'
(cd "$WORK" && hook "$WORK/elsewhere") || fail 'outside of a repository'

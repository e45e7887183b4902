#!/bin/bash
# hook install: again and again, next to hooks that were there, where core.hooksPath says, in bare
# repositories and other work trees.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/grite.sh"

grite_mount
says 0 'installed .git/hooks/pre-commit
installed .git/hooks/pre-push' lokt hook install
first=$(<.git/hooks/pre-commit)
says 0 'updated .git/hooks/pre-commit
updated .git/hooks/pre-push' lokt hook install
assert_eq "$(<.git/hooks/pre-commit)" "$first" 'the hook'
assert_eq "$(find .git/hooks -name '*lokt*')" '' 'what else is there'
shellcheck_it() {
	command -v shellcheck >/dev/null || return 0
	shellcheck "$@"
}
shellcheck_it .git/hooks/pre-commit .git/hooks/pre-push
rm .git/hooks/pre-*

# one that was there is run first, with its arguments, its stdin and its veto
cat >"$WORK/before" <<'HOOK'
#!/bin/sh
echo "$# $*" >>"$WORK/hook.log"
[ "$#" = 0 ] || cat >>"$WORK/hook.log"
exit "$(cat "$WORK/veto")"
HOOK
chmod +x "$WORK/before"
cp "$WORK/before" .git/hooks/pre-commit
ln -s "$WORK/before" .git/hooks/pre-push
lokt hook install >"$WORK/out"
assert_eq "$(grep -c 'before-lokt first' "$WORK/out")" 2 'hooks that are kept'
lokt hook install >/dev/null
cmp "$WORK/before" .git/hooks/pre-commit.before-lokt
assert_eq "$(readlink .git/hooks/pre-push.before-lokt)" "$WORK/before" 'the symlink'
echo 0 >"$WORK/veto"
echo 1 >a
git add a
git commit -qm a
assert_eq "$(<"$WORK/hook.log")" '0 ' 'how the old hook was called'
git init -q --bare "$WORK/remote.git"
git push -q "$WORK/remote.git" main
assert_eq "$(tail -n 2 "$WORK/hook.log")" "2 $WORK/remote.git $WORK/remote.git
refs/heads/main $(git rev-parse main) refs/heads/main $(printf '0%.0s' {1..40})" "pre-push's stdin"
echo 7 >"$WORK/veto"
echo 2 >a
fails_with 1 '' git commit -qam b
fails_with 1 '' git push -q "$WORK/remote.git" main:other
grite_config 'lock_policy = "require"\n'
echo 0 >"$WORK/veto"
fails_with 1 'covered by no lock' git commit -qam b

# a second foreign hook is not overwritten
printf '#!/bin/sh\nexit 0\n' >"$WORK/third"
cp "$WORK/third" .git/hooks/pre-commit
says 1 '' lokt hook install
assert_match "$(<"$WORK/stderr")" 'pre-commit is not lokt.s, and .*before-lokt is there already'
cmp "$WORK/third" .git/hooks/pre-commit
answers 1 '.ok == false and .error.code == "io_error"' lokt hook install --json
rm -r .git/hooks
answers 0 '.data.installed | length == 2' lokt hook install --json

# where core.hooksPath says, from below and in another work tree
git config core.hooksPath my-hooks
mkdir -p sub
(cd sub && lokt hook install >/dev/null)
assert test -x my-hooks/pre-commit -a -x my-hooks/pre-push
git config --unset core.hooksPath
git worktree add -q "$WORK/tree" -b tree
rm .git/hooks/*
(cd "$WORK/tree" && lokt hook install >/dev/null)
assert test -x .git/hooks/pre-commit
(cd "$WORK/remote.git" && lokt hook install >/dev/null)
assert test -x "$WORK/remote.git/hooks/pre-push"

# no lokt, no commit: a policy that cannot be asked is not kept
sed -i "s,^lokt=.*,lokt=/nonexistent," .git/hooks/pre-commit
PATH=/usr/bin:/bin fails_with 1 'lokt is gone' git commit -q --allow-empty -m x
says 5 '' env -C / lokt hook install
says 2 '' lokt hook remove

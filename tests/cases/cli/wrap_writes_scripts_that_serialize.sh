#!/bin/bash
# lokt wrap writes a script that does what the documents' wrappers do: it runs under the lock, its
# arguments and the command's reach the command as they are, and it never replaces a file unasked.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

git init -q "$WORK/repo"
mkdir -p "$WORK/repo/sub"
cd "$WORK/repo/sub"

# at the top of the work tree, without a daemon
lokt_says 0 "wrote $WORK/repo/scripts/deploy.sh" wrap deploy --ttl 30m -- ./scripts/_deploy-impl.sh
assert_eq "$(grep -v '^#' ../scripts/deploy.sh)" \
	'exec lokt guard deploy --ttl 30m -- ./scripts/_deploy-impl.sh "$@"' 'the seed'\''s line'
[[ -x ../scripts/deploy.sh ]] || fail 'it cannot be run'
[[ ! -e $ROOT ]] || fail 'a daemon was started'

# unasked nothing is replaced
lokt_says 1 '' wrap deploy -- true
and_on_stderr 'deploy.sh: File exists.*--force'
grep -q _deploy-impl ../scripts/deploy.sh || fail 'it was replaced'
lokt_says 0 "wrote $WORK/repo/scripts/deploy.sh" wrap --force deploy -- true
! grep -q _deploy-impl ../scripts/deploy.sh || fail 'it was not replaced'
[[ $(find .. -name 'deploy.sh*' | wc -l) == 1 ]] || fail 'something is left beside it'
echo precious >"$WORK/precious"
ln -s "$WORK/precious" link.sh
lokt_says 1 '' wrap x -o link.sh -- true
lokt_says 0 'wrote link.sh' wrap x -o link.sh --force -- true
assert_eq "$(<"$WORK/precious")" precious 'what the link led to'

# usage
lokt_says 64 '' wrap deploy
lokt_says 64 '' wrap -- true
lokt_says 64 '' wrap a b -- true
lokt_says 64 '' wrap a --timeout 1s -- true
lokt_says 64 '' wrap path:../../../x -- true
lokt_says 1 '' wrap a -o "$WORK/none/a.sh" -- true

# names that no file could have, and words that a shell would take apart
odd="$WORK/repo/scripts/path:src%2Fa%20b.sh"
lokt_says 0 "wrote $odd" wrap "path:$WORK/repo/src/a b" --wait --timeout 90s -- \
	printf '<%s>' 'two words' '$HOME' "it's" '*' ''
cli_needs_fuse
"$LOKT" mount >/dev/null
cli_adopt
assert_eq "$("$odd" 'and one' '"')" "<two words><\$HOME><it's><*><><and one><\">" 'what arrives'
lokt_says 0 '{"status":"written","name":"b","path":"b.sh"}' wrap b -o b.sh --json -- cat /dev/stdin

# the scripts exclude each other, and prime tells of them
cat >"$WORK/work" <<'WORK'
#!/bin/bash
mkdir "$1" || exit 9
command sleep 0.05
rmdir "$1"
WORK
chmod +x "$WORK/work"
"$LOKT" wrap alone --wait -o alone.sh -- "$WORK/work" >/dev/null
pids=()
for _ in 1 2 3 4 5; do
	./alone.sh "$WORK/inside" &
	pids+=($!)
done
for pid in "${pids[@]}"; do
	wait "$pid" || fail "two at once, status $?"
done
"$LOKT" lock b >/dev/null
fails_with 2 'held by' ./b.sh
assert_match "$("$LOKT" prime)" 'sub/alone.sh.*alone' 'what prime tells'

#!/bin/bash
# Scripts of a real tree that take locks are found, other files are not; every format has the
# rules, who one is and what is held.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
mkdir -p "$WORK/repo/scripts/deep" "$WORK/repo/node_modules/x" "$WORK/repo/docs"
cd "$WORK/repo"
git init -q .
cat >scripts/deploy.sh <<'X'
#!/usr/bin/env bash
# lokt guard commented-out -- x
exec lokt guard deploy --ttl 30m -- ./scripts/_deploy-impl.sh "$@"
X
printf 'lokt guard --wait --timeout 5m "test-shard-$SHARD_ID" -- go test\nlokt lock --ttl=24h "tests-passed-$COMMIT"\n' >scripts/deep/test.sh
cat >scripts/quoted.sh <<'X'
lokt guard "shard 1" -- x
lokt guard 'path:my file.c' --ttl "5m" -- x
lokt lock --note "why not" "tests-$(git rev-parse HEAD)"
bash -c "lokt lock inner"
bash -c "lokt guard \"a b\" -- x"
lokt lock "never closed
X
printf '{"scripts":{"deploy":"lokt lock from-json",\n"x":"y"}}\n' >package.json
printf 'push:\n\t@lokt guard git-push -- git push\n' >Makefile
printf '#!/bin/sh\nlokt lock nowhere\n' >node_modules/x/install.sh
printf 'run `lokt guard documented -- x`\n' >docs/use.md
printf 'int x; /* lokt lock in-c */\n' >main.c
printf '\0lokt lock binary\n' >scripts/binary.sh
ln -s /etc scripts/etc
mkfifo scripts/pipe.sh
chmod +x scripts/*.sh

lokt_prime() {
	timeout 10 "$LOKT" prime "$@"
}
found=$(lokt_prime | sed -n 's/^- `\(.*\)`: .* `\(.*\)`$/\1 \2/p')
assert_eq "$found" "$(printf '%s\n' 'Makefile git-push' 'package.json from-json' 'scripts/deep/test.sh test-shard-$SHARD_ID' \
	'scripts/deep/test.sh tests-passed-$COMMIT' 'scripts/deploy.sh deploy' \
	'scripts/quoted.sh shard 1' 'scripts/quoted.sh path:my file.c' \
	'scripts/quoted.sh tests-$(git rev-parse HEAD)' 'scripts/quoted.sh inner' \
	'scripts/quoted.sh a b')" 'what was found'
[[ ! -e $ROOT ]] || fail 'prime starts a daemon'
assert_match "$(lokt_prime)" 'Nothing is mounted' 'without a mount'

"$LOKT" init >/dev/null
cli_adopt
LOKT_OWNER=me "$LOKT" lock held-now >/dev/null
for format in markdown claude-md cursorrules windsurfrules copilot clinerules aider agents-md; do
	out=$(LOKT_OWNER=me LOKT_AGENT_ID=id lokt_prime --format "$format")
	for part in deploy 'touch .locks/NAME' 'me@' LOKT_AGENT_ID 'held-now' '--force' 64; do
		[[ $out == *"$part"* ]] || fail "$format lacks '$part': $out"
	done
done
[[ $(lokt_prime --format cursorrules) != *[\#\`]* ]] || fail 'cursorrules are plain'
assert_match "$(lokt_prime --format claude-md)" '^<!-- lokt prime: begin' 'claude-md'
lokt_says 64 '' prime --format nonsense
cd /

#!/bin/bash
# slow. Agents in clones of their own push at the same time; LOKT_ROOT makes the clones one.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

# A push is what the bare repository sees; it takes long enough to be overtaken.
make_remote() {
	git clone -q --bare "$REPO" "$WORK/remote.git"
	ln -s "$WORK/stub" "$WORK/remote.git/hooks/pre-receive"
	export LOKT_ROOT=$ROOT
}

clone_for() {
	local dir=$WORK/clone.$PARTY.$HOW.$1
	git clone -q "$WORK/remote.git" "$dir"
	mkdir "$dir/scripts"
	snippet_script "$dir/scripts/safe-push.sh" 'Git Push Serialization'
	say "$dir"
}

# Who is refused tries again; any other failure is one.
# shellcheck disable=SC2016 # for the worker's shell
PUSH='git commit -q --allow-empty -m "worker $WORKER" &&
until ./scripts/safe-push.sh; do [ $? = 2 ] || exit 7; sleep 0.05; done'

round() {
	local n dirs=() before
	before=$(git -C "$WORK/remote.git" rev-list --count main)
	for n in 1 2 3; do
		dirs[n]=$(clone_for "$n")
		begins "$n" "cd ${dirs[n]} && $PUSH && $PUSH"
	done
	for n in 1 2 3; do
		ends 0 "$n"
		not grep -qE 'rejected|non-fast-forward|fetch first' "$WORK/err.$n" ||
			fail "worker $n was rejected: $(<"$WORK/err.$n")"
	done
	assert_eq "$(git -C "$WORK/remote.git" rev-list --count main)" $((before + 6)) 'the commits pushed'
	ran 6 'pre-receive'
	at_once 1 'pre-receive'
	assert_leases
}

seed_start
make_remote
as_each_party round

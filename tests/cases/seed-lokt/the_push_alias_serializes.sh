#!/bin/bash
# git safe-push, from the alias in ~/.gitconfig, with arguments of its own.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

install_alias() {
	snippet 'Git Push Serialization' 1 ini >>"$HOME/.gitconfig"
	git clone -q --bare "$REPO" "$WORK/remote.git"
	ln -s "$WORK/stub" "$WORK/remote.git/hooks/pre-receive"
	git remote add origin "$WORK/remote.git"
}

round() {
	local n
	gate_shut
	begins 1 "git safe-push origin HEAD:refs/heads/$PARTY-$HOW-1"
	begun 1 'pre-receive'
	assert_leases git-push
	assert_eq "$(field git-push ttl_sec)" 120 'the TTL'
	gets 2 2 "git safe-push origin HEAD:refs/heads/$PARTY-$HOW-2"
	complained 2 'held by'
	gate_open
	ends 0 1
	for n in 1 2 3; do
		begins "$n" "until git safe-push origin HEAD:refs/heads/$PARTY-$HOW-again-$n; do sleep 0.05; done"
	done
	for n in 1 2 3; do
		ends 0 "$n"
		git -C "$WORK/remote.git" rev-parse -q --verify "$PARTY-$HOW-again-$n" >/dev/null ||
			fail "worker $n has not pushed"
	done
	ran 4 'pre-receive'
	at_once 1 'pre-receive'
	assert_leases
}

seed_start
install_alias
as_each_party round

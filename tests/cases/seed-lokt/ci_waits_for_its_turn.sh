#!/bin/bash
# Everybody who waits deploys once, in order of arrival, never two at once.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

queue_holds() {
	[[ $(jq -s length "$MNT/.lokt/queue/deploy" 2>/dev/null) == "$1" ||
		$(jq length "$MNT/.lokt/queue/deploy" 2>/dev/null) == "$1" ]]
}

round() {
	gate_shut
	begins 1 ./wait.sh
	begun 1 'deploy.sh'
	for n in 2 3 4; do
		begins "$n" ./wait.sh
		wait_until 10 queue_holds $((n - 1)) || fail "worker $n does not wait"
	done
	gate_open
	for n in 1 2 3 4; do
		ends 0 "$n"
	done
	assert_eq "$(awk '/^begin/ { printf $3 }' "$RUNS")" 1234 'the order'
	at_once 1 'deploy.sh'
	fails 'deploy'
	gets 9 1 ./wait.sh
	assert_leases
}

WORKERS=4
seed_start
stub scripts/deploy.sh
snippet_script wait.sh 'CI/CD: Wait for Lock'
as_each_party round

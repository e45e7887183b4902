#!/bin/bash
# Success, failure and signals release; who lost does not remove the lock of who won.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

signalled() {
	gate_shut
	begins 1 'exec env --default-signal=INT setsid -w ./manual.sh'
	begun "$2" '_?deploy.sh'
	kill -s "$1" -- "-$(field deploy pid)"
	gate_open
	ends $((128 + $(kill -l "$1"))) 1
	freed deploy
}

round() {
	gets 0 1 ./manual.sh
	assert_free deploy
	fails '^deploy.sh'
	gets 9 1 ./manual.sh
	assert_free deploy
	rm "$WORK/fails"
	gate_shut
	begins 1 ./manual.sh
	begun 3 'deploy.sh$'
	assert_eq "$(field deploy ttl_sec)" 1800 'the TTL'
	before=$(<"$MNT/deploy")
	gets 2 2 ./manual.sh
	gets 2 3 'setsid -w ./manual.sh'
	gets 2 2 'lokt guard deploy --ttl 30m -- ./scripts/deploy.sh'
	assert_eq "$(<"$MNT/deploy")" "$before" "the winner's lease"
	gate_open
	ends 0 1
	assert_free deploy
	ran 3 'deploy.sh'
	signalled TERM 4
	signalled HUP 5
	signalled INT 6
	at_once 1 'deploy.sh'
}

seed_start
stub scripts/deploy.sh
snippet_script manual.sh 'Trap Pattern for Manual Locks' 1
as_each_party round

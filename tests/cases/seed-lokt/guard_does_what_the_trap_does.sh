#!/bin/bash
# The shorter equivalent: success, failure and signals release; one at a time; its status.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

signalled() {
	gate_shut
	begins 1 "exec env --default-signal=INT setsid -w bash -c 'exec $command'"
	begun "$2" 'deploy.sh'
	kill -s "$1" "$(field deploy pid)"
	ends $((128 + $(kill -l "$1"))) 1
	assert_free deploy
	gate_open
}

round() {
	command=$(snippet_commands 'Trap Pattern for Manual Locks' 2)
	gets 0 1 "$command"
	fails '^deploy.sh'
	gets 9 2 "$command"
	assert_free deploy
	rm "$WORK/fails"
	gate_shut
	begins 1 "$command"
	begun 3 'deploy.sh'
	gets 2 2 "$command"
	gets 2 3 'lokt lock deploy'
	assert_held deploy
	gate_open
	ends 0 1
	assert_free deploy
	signalled TERM 4
	signalled HUP 5
	signalled INT 6
	at_once 1 'deploy.sh'
}

seed_start
stub scripts/deploy.sh
as_each_party round

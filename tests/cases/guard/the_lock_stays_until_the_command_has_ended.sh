#!/bin/bash
# SIGKILL of guard alone, with and without --ttl: held until the command and whoever kept its
# descriptor have gone, also where the command closed it. Of guard and command: free at once.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"

# closed: a command without the descriptor, as under sudo or python's subprocess
closing="for fd in /proc/self/fd/*; do fd=\${fd##*/}; ((fd < 3)) || eval \"exec \$fd>&-\"; done"

# survives COMMAND OPTION…: the bash command makes begun, and ends when `end` is there
survives() {
	local command=$1
	shift
	rm -f "$WORK/end"
	guard_starts x "$@" -- bash -c "$command"
	kill -9 "$GUARD"
	nap 0.3
	assert_held x
	assert_eq "$(field x ttl_sec)" null 'the TTL of a lease whose guard is dead'
	fails_with 2 'held by' "$LOKT" guard x -- true
	touch "$WORK/end"
	free_within 1 x
}

await_end="touch $WORK/begun; until [[ -e $WORK/end ]]; do sleep 0.02; done"
for options in '' '--ttl 1s'; do
	# shellcheck disable=SC2086 # two words
	survives "$await_end" $options
	# shellcheck disable=SC2086
	survives "$closing; $await_end" $options
	# a child that kept the descriptor outlives the command
	# shellcheck disable=SC2086
	survives "($await_end) & until [[ -e $WORK/begun ]]; do sleep 0.02; done" $options
done

for ((i = 0; i < 20; i++)); do
	guard_starts x -- bash -c "echo \$\$ >$WORK/pid; touch $WORK/begun; exec sleep 100"
	command=$(<"$WORK/pid")
	kill -9 "$GUARD" "$command"
	free_within 1 x
done

#!/bin/bash
# slow 20
# SIGKILL of guard alone, with and without --ttl: held until the command and whoever kept its
# descriptor have gone, also where the command closed it. So too where the lease has no open file,
# because guard had waited for a name that overlaps its own.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"

# closed: a command without the descriptor, as under sudo or python's subprocess
cat >"$WORK/closed" <<'CLOSED'
#!/bin/bash
for fd in /proc/self/fd/*; do fd=${fd##*/}; ((fd < 3)) || eval "exec $fd>&-"; done
for fd in 64 65 66; do [[ ! -e /proc/$$/fd/$fd ]] || touch "$WORK/not.closed"; done
eval "$1"
CLOSED
chmod +x "$WORK/closed"

# never_free_for TENTHS NAME: of a second, by no look
never_free_for() {
	local end=$((${EPOCHREALTIME/./} + $1 * 100000))
	while ((${EPOCHREALTIME/./} < end)); do
		[[ -e $MNT/$2 ]] || fail "$2 is free"
		nap 0.01
	done
}

# survives NAME COMMAND OPTION…: the bash command makes begun, and ends when `end` is there;
# or it leaves that to another process and ends when `alone` is, which is after the kill.
survives() {
	local name=$1 file=${1//\//%2F} command=$2
	shift 2
	rm -f "$WORK/end" "$WORK/alone" "$WORK/pid"
	"$STARTS" "$name" "$@" -- bash -c "$command"
	kill -9 "$GUARD"
	touch "$WORK/alone"
	[[ ! -e $WORK/pid ]] || wait_until 5 not process_lives "$(<"$WORK/pid")" ||
		fail 'the command does not end'
	# longer than the TTL, of which the half had passed at the most
	never_free_for 5 "$file"
	assert_held "$file"
	assert_eq "$(field "$file" ttl_sec)" null 'the TTL of a lease whose guard is dead'
	fails_with 2 'held by' env LOKT_OWNER=rival "$LOKT" guard "$name" -- true
	touch "$WORK/end"
	free_within 1 "$file"
	[[ ! -e $WORK/not.closed ]] || fail 'it had the descriptor: this tests nothing'
}

export LOKT
await_end="touch $WORK/begun; until [[ -e $WORK/end ]]; do sleep 0.02; done"
leaves="echo \$\$ >$WORK/pid;"
await_alone="until [[ -e $WORK/alone ]]; do sleep 0.02; done"
# survive NAME: whatever the command does with the descriptor
survive() {
	local options
	for options in '' '--ttl 300ms'; do
		# shellcheck disable=SC2086 # two words
		survives "$1" "$await_end" $options
		# shellcheck disable=SC2086
		survives "$1" "exec '$WORK/closed' '$await_end'" $options
		# a child that kept the descriptor outlives the command
		# shellcheck disable=SC2086
		survives "$1" "$leaves ($await_end) & $await_alone" $options
		# so does a guard that was nested, whatever became of the descriptor
		# shellcheck disable=SC2086
		survives "$1" "$leaves '$WORK/closed' '\"\$LOKT\" guard $1 -- bash -c \"$await_end\"' &
			$await_alone" $options
	done
}

STARTS=guard_starts
survive x
STARTS=guard_starts_without_a_file
survive path:d/x

# the end of the command is enough where guard lives, and nested guards are awaited
guard_starts_without_a_file path:d/x -- bash -c "sleep 100 >/dev/null 2>&1 & echo \$! >$WORK/pid
	touch $WORK/begun"
ends_with 0
assert_free path:d%2Fx
assert process_lives "$(<"$WORK/pid")"
kill -9 "$(<"$WORK/pid")"
rm "$WORK/end"
guard_starts_without_a_file path:d/x -- bash -c "$LOKT guard path:d/x -- bash -c '$await_end
	test -e $MNT/path:d%2Fx && touch $WORK/held' & until [[ -e $WORK/begun ]]; do sleep 0.02; done"
never_free_for 2 path:d%2Fx
touch "$WORK/end"
ends_with 0
[[ -e $WORK/held ]] || fail 'the nested guard ran without the lock'
assert_leases

# of guard and command: free at once
for starts in guard_starts guard_starts_without_a_file; do
	"$starts" path:d/x -- bash -c "echo \$\$ >$WORK/pid; touch $WORK/begun; exec sleep 100"
	kill -9 "$GUARD" "$(<"$WORK/pid")"
	free_within 1 path:d%2Fx
done

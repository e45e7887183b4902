#!/bin/bash
# Free, held, ours, bound, stale, frozen, overlapping: each is told, and every command that is
# suggested does what it says when it is typed as printed.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
lokt_says 0 'lock "x" is free' why x
cli_adopt
stranger_start bob env LOKT_OWNER=bob LOKT_AGENT_ID=b

# explained NAME STATUS 'regex' [REASON]
explained() {
	local status=0
	"$LOKT" why "$1" >"$WORK/why" || status=$?
	assert_eq "$status" "$2" "status of why $1"
	assert_match "$(<"$WORK/why")" "$3" "why $1"
	[[ -z ${4:-} ]] || assert_eq "$("$LOKT" why "$1" --json | jq -r .reason || true)" "$4" 'the reason'
}

# suggested 'COMMAND': is among what was printed, whole.
suggested() {
	sed -n 's/^  \(lokt .*\)  # .*/\1/p' "$WORK/why" | grep -qxF -e "$1" ||
		fail "'$1' is not suggested: $(<"$WORK/why")"
}

# works 'COMMAND' HELD|FREE NAME: what was suggested, run as it stands there.
works() {
	suggested "$1"
	eval "$1" >"$WORK/out" 2>&1 || fail "'$1' failed: $(<"$WORK/out")"
	if [[ $2 == HELD ]]; then assert_held "$3"; else assert_free "$3"; fi
}

# ours
"$LOKT" lock mine --ttl 10m >/dev/null
explained mine 2 'held by you, .* remaining' self-held
works 'lokt renew mine' HELD mine
works 'lokt unlock mine' FREE mine
"$LOKT" lock -- -rf >/dev/null
"$LOKT" why -- -rf >"$WORK/why" && fail 'free?'
works 'lokt unlock -- -rf' FREE -rf
"$LOKT" lock "it's [odd]" >/dev/null
"$LOKT" why "it's [odd]" >"$WORK/why" && fail 'free?'
works "lokt unlock 'it'\\''s [odd]'" FREE 'it%27s%20%5Bodd%5D'

# ours, but bound to a process
sleep 1000 &
also_kill $!
"$LOKT" lock bound --pid $! >/dev/null
explained bound 2 'held by you.*; bound: it ends with' self-held
works 'lokt unlock --force bound' FREE bound

# another's
as_agent bob 'lokt lock theirs' >/dev/null
explained theirs 2 'held by bob \(agent: b\)@' held
suggested 'lokt unlock --force theirs'
(nap 0.5; as_agent bob 'lokt unlock theirs' >/dev/null) &
works 'lokt lock --wait theirs' HELD theirs
"$LOKT" unlock theirs >/dev/null
as_agent bob 'lokt lock theirs --ttl 1h' >/dev/null
explained theirs 2 'bob'
works 'lokt unlock --force theirs' FREE theirs

# overlapping; what overlaps our own does not stand in our way
as_agent bob 'lokt lock path:src --ttl 1h' >/dev/null
explained path:src/a.c 2 'overlaps "path:src", held by bob' conflict
works 'lokt unlock --force path:src' FREE path:src
"$LOKT" lock path:src >/dev/null
explained path:src/a.c 0 'is free'
"$LOKT" unlock path:src >/dev/null

# frozen
as_agent bob 'lokt freeze db --ttl 1h' >/dev/null
explained db 2 'frozen by bob .* remaining' frozen
grep -q -- --wait "$WORK/why" && fail 'waiting for a freeze is no help'
works 'lokt unfreeze --force db' FREE db
"$LOKT" freeze path:lib --ttl 1h >/dev/null
explained path:lib/x 2 'frozen by you.*by the freeze of "path:lib"' frozen
works 'lokt unfreeze path:lib' FREE path:lib
explained path:lib/x 0 'is free'

# stale, and why changes nothing
as_agent bob 'lokt lock stale' >/dev/null
agent_stop bob
wait_until 5 eval '[[ $("$LOKT" status stale --json | jq -r .pid_status) == dead ]]' || fail 'not dead'
before=$(wc -c <"$ROOT/audit.log")
explained stale 2 'held by bob.*; stale' stale
assert_eq "$(wc -c <"$ROOT/audit.log")" "$before" 'the journal after why'
works 'lokt unlock --break-stale stale' FREE stale

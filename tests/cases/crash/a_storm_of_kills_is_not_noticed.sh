#!/bin/bash
# slow
# Twenty-two clients while the worker is killed again and again, then the worker and the supervisor
# in turn: no call fails, everybody who waits is served, what they held never overlaps and the
# tokens rise. SECONDS_EACH=60 EVERY_MS=300 is the long run.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/intervals.sh"

SECONDS_EACH=${SECONDS_EACH:-8}
EVERY_MS=${EVERY_MS:-150}
STORM=$BIN/../tests/storm

pair() {
	say "$(daemon_pid) $(worker_pid)"
}

# Both live, and neither is the one that was killed last: one after the other is the promise.
is_whole() {
	local now
	read -ra now < <(pair)
	[[ ${now[0]} != "$1" && ${now[1]} != "$1" ]] && process_lives "${now[0]}" &&
		process_lives "${now[1]}"
}

# kill_in_turn WHO…: until the storm is over
kill_in_turn() {
	local last=0 kills=0 who
	while process_lives "$storm"; do
		for who; do
			nap "0.$(printf %03d $((EVERY_MS / 2 + RANDOM % EVERY_MS)))"
			process_lives "$storm" || break
			wait_until 10 is_whole "$last" || fail "not whole again after $kills kills: $(pair)"
			last=$("${who}_pid")
			kill -9 "$last" && kills=$((kills + 1))
		done
	done
	say "$kills kills"
}

storm() {
	"$STORM" "$MNT" "$SECONDS_EACH" "$WORK" >"$WORK/said" 2>&1 &
	storm=$!
	also_kill "$storm"
	kill_in_turn "$@"
	wait "$storm" || fail "$(cat "$WORK/said")"
	cat "$WORK/said"
	wait_until 10 is_whole 0 || fail 'nobody serves'
	assert_leases
	judge "$WORK/notes" "$(wc -l <"$WORK/notes")" || fail 'not exclusive'
	rm "$WORK/notes"
}

mount_fs
storm worker
storm worker daemon

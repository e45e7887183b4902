#!/bin/bash
# slow
# A thousand leases and a thousand freezes, where no more are allowed: each further claim is told
# so by every way in, and what holders, waiters and readers do goes on as before.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

MOST=1000
FULL='No space left on device'

fill() {
	"$LOAD" many "$MNT" n $((MOST - 2))
	flock "$MNT/busy" bash -c "read -r _ <'$WORK/go'" &
	also_kill $!
	wait_until 10 test -e "$MNT/busy" || fail 'no holder'
	"$LOKT" lock mine >/dev/null
}

count() {
	find "$MNT${1:-}" -maxdepth 1 -type f | wc -l
}

new_claims_are_refused() {
	fails_with 1 "$FULL" touch "$MNT/more"
	refuses ENOSPC create_read "$MNT/more"
	fails_with 1 'room' "$LOKT" lock more
	fails_with 1 'room' "$LOKT" guard more -- true
	assert_match "$("$LOKT" lock more --json || true)" 'room' 'the JSON of lokt'
	assert_match "$("$FSOP" open_both "$MNT/.lokt/request" \
		write '{"op":"acquire","resource":"more"}' read)" '"table-full"' 'the answer'
	fails_with 1 'busy' touch "$MNT/n000000"
	assert_free more
	assert_eq "$(count)" "$MOST" leases
}

holders_go_on() {
	"$LOKT" renew mine --ttl 1h >/dev/null
	touch "$MNT/.lokt/renew/mine"
	jq -e '.ttl_sec' "$MNT/mine" >/dev/null
	assert_eq "$(jq '.leases | length' "$MNT/.lokt/status.json")" "$MOST" 'leases in status.json'
	assert "$LOKT" exists mine
}

# One leaves and one comes: the table stays full, and nobody else gets between.
waiters_get_their_turn() {
	local queue=$MNT/.lokt/queue/busy
	flock "$MNT/busy" bash -c "echo got >'$WORK/got'; sleep 1000" &
	also_kill $!
	disown
	wait_until 10 grep -q '"pid"' "$queue" || fail "nobody waits: $(cat "$queue")"
	fails_with 1 '' flock -n "$MNT/busy" true
	echo >"$WORK/go"
	wait_until 10 test -s "$WORK/got" || fail 'the waiter was not let in'
	assert_eq "$(count)" "$MOST" 'leases after a hand-over'
}

room_comes_back() {
	rm "$MNT/n000000"
	touch "$MNT/more"
	fails_with 1 "$FULL" touch "$MNT/yet-more"
	rm "$MNT/more"
	touch "$MNT/n000000"
}

freezes_have_a_limit_of_their_own() {
	local names
	mapfile -t names < <(seq -f "$MNT/.lokt/freezes/f%g" "$MOST")
	touch "${names[@]}"
	fails_with 1 "$FULL" touch "$MNT/.lokt/freezes/ice"
	fails_with 1 'room' "$LOKT" freeze ice --ttl 1h
	fails_with 1 'Permission denied' touch "$MNT/f7"
	assert_eq "$(count /.lokt/freezes)" "$MOST" freezes
	"$LOKT" unfreeze f7 >/dev/null
	touch "$MNT/.lokt/freezes/ice"
}

cli_needs_fuse
mkfifo "$WORK/go"
mount_fs "max_leases=$MOST,durability=os"
fill
new_claims_are_refused
holders_go_on
waiters_get_their_turn
room_comes_back
freezes_have_a_limit_of_their_own
kill_worker
new_claims_are_refused
assert_eq "$(count /.lokt/freezes)" "$MOST" 'freezes after the death of the worker'
holders_go_on

# shellcheck shell=bash
# Five clones that claim three resources over and over, by all ways there are, and note what they
# held. Whoever is refused must have been told why. Sourced after shared.sh. Given from outside:
# ATTEMPTS (in each clone; LONG=1: 200), SEED.

RIVALS=(a b c d e)
ATTEMPTS=${ATTEMPTS:-${LONG:+200}}
ATTEMPTS=${ATTEMPTS:-100}
RESOURCES=(issue:1 path:src path:src/a)
ALLOWED=${ALLOWED:-none} # what else a refusal may say: a regular expression

# The ways to claim: status 0 when it is held. What they say is in $said.
by_touch() {
	said=$(touch "$MNT/$(file_of "$1")" 2>&1)
}
by_acquire() {
	said=$("$LOKT" acquire "$1" --ttl 1m 2>&1)
}
by_request() {
	said=$(asked acquire "$1" ',"ttl_ms":60000')
	[[ $said == '{"ok":true'* ]]
}
by_waiting() {
	said=$("$LOKT" lock "$1" --ttl 1m --wait --timeout 300ms 2>&1)
}
by_asking_to_wait() {
	said=$(asked acquire "$1" ',"ttl_ms":60000,"wait_ms":300')
	[[ $said == '{"ok":true'* ]]
}

by_rm() {
	rm "$MNT/$(file_of "$1")"
}
by_release() {
	"$LOKT" release "$1" >/dev/null
}
by_unlock() {
	"$LOKT" unlock "$1" >/dev/null
}

WAYS=(by_touch by_acquire by_request by_touch by_waiting by_asking_to_wait)
ENDS=(by_rm by_release by_unlock)
BUSY='Device or resource busy|Lock conflict|held by|overlaps|"verdict":"(held|conflict|timed-out)"|timed out'

# rival NUMBER: in its clone; ends after ATTEMPTS. Lines to WORK/held.CLONE, faults to WORK/faults.
rival() {
	local clone=${RIVALS[$1]} i name way said held=0 refused=0 other=0
	RANDOM=$((SEED + $1))
	for ((i = 0; i < ATTEMPTS; i++)); do
		name=${RESOURCES[RANDOM % 3]}
		way=${WAYS[RANDOM % 6]}
		if "$way" "$name"; then
			held=$((held + 1))
			note_hold "$name" "$clone" $((RANDOM % 4000)) >>"$WORK/held.$clone" ||
				say "$clone: $way was told that it holds $name, which is not so" >>"$WORK/faults"
			said=$("${ENDS[RANDOM % 3]}" "$name" 2>&1) ||
				say "$clone: cannot release $name: $said" >>"$WORK/faults"
		elif [[ $said =~ $BUSY ]]; then
			refused=$((refused + 1))
		elif [[ $said =~ $ALLOWED ]]; then
			other=$((other + 1))
		else
			say "$clone: $way $name: $said" >>"$WORK/faults"
		fi
		nap "0.00$((RANDOM % 10))"
	done
	say "$clone: $held held, $refused refused, $other not answered" >>"$WORK/counts"
}

start_rivals() {
	local clone
	SEED=${SEED:-$RANDOM}
	say "seed $SEED, $ATTEMPTS attempts in each of ${#RIVALS[@]} clones"
	make_remote
	for clone in "${RIVALS[@]}"; do
		make_clone "$clone"
		mount_clone "$clone" "remote=origin,shared=${SHARED:-strict},interval=2s"
		: >"$WORK/held.$clone"
	done
}

# Returns when all have made their attempts and left nothing behind.
run_rivals() {
	local number rivals=() since
	since=$(now_us)
	for number in "${!RIVALS[@]}"; do
		at "${RIVALS[number]}" rival "$number" &
		rivals+=("$!")
	done
	for number in "${rivals[@]}"; do
		wait "$number" || fail 'a rival failed'
	done
	cat "$WORK/counts"
	say "$((($(now_us) - since) / 1000)) ms"
	[[ ! -e $WORK/faults ]] || fail "$(sort "$WORK/faults" | head -n 20)"
}

judge_rivals() {
	local clone
	cat "$WORK"/held.* >"$WORK/held"
	judge "$WORK/held" || fail 'not exclusive'
	(($(wc -l <"$WORK/held") > ATTEMPTS / 5)) || fail "only $(wc -l <"$WORK/held") were ever held"
	wait_until 60 has_no_refs "$REMOTE" || fail "left on the remote: $(lock_refs "$REMOTE")"
	for clone in "${RIVALS[@]}"; do
		wait_until 20 at "$clone" is_empty || fail "$clone still holds $(at "$clone" eval 'ls "$MNT"')"
		not at "$clone" audit_has_any conflict || fail "$clone: a lease that was granted was revoked"
		wait_until 20 has_no_refs "$WORK/$clone" || fail "left in $clone: $(lock_refs "$WORK/$clone")"
	done
}

is_empty() {
	[[ -z $(ls "$MNT") ]]
}

audit_has_any() {
	grep -q "\"event\":\"$1\"" "$ROOT/audit.log"
}

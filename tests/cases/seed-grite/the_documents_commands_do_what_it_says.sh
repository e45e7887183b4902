#!/bin/bash
# The reference part of the seed document, block by block: acquire, conflict, renew, release,
# status and gc, in text and JSON.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/grite.sh"

assert_eq "$(grep -c '^```bash' "$SEED")" 16 'the number of snippets'
grite_mount
export GRITE_ACTOR=$US
stranger_start them env "GRITE_ACTOR=$THEM"

# a date is not to be compared, its form is
shape() {
	sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}/DATE/'
}

before=$(date +%s)
out=$(run_snippet 1)
assert_eq "$(shape <<<"$out")" "$(snippet '' 1 | shape)" 'what acquire says'
expires=$(date -d "$(sed -n 's/^  Expires: //p' <<<"$out")" +%s)
((expires >= before + 1799 && expires <= before + 1802)) || fail "expires at $expires, now $before"
assert_held issue:8057324b
assert_eq "$(field issue:8057324b actor)" "$US" 'the actor'

out=$(run_snippet 2)
assert_eq "$(jq -c '[paths | join(".")]' <<<"$out")" "$(snippet json 1 | jq -c '[paths | join(".")]')" \
	'the keys, in their order'
jq -e --arg us "$US" '.schema_version == 1 and .ok and .data.lock.resource == "path:src/api.rs"
	and .data.lock.owner == $us and (.data.lock.nonce | test("^[0-9a-f]{32}$"))
	and .data.lock.expires_unix_ms > (now + 3590) * 1000' <<<"$out" >/dev/null || fail "$out"
assert_eq "$(jq -r .data.lock.nonce <<<"$out")" "$(field 'path:src%2Fapi.rs' lock_id)" 'the nonce'

# the conflict is another's: they acquire what we hold
run_snippet 5 >/dev/null
assert_free issue:8057324b
run_snippet_as them 1 >/dev/null
status=0
out=$(run_snippet 3 2>"$WORK/stderr") || status=$?
assert_eq "$status" 4 "a conflict's status"
assert_eq "$out" '' 'stdout of a conflict'
assert_eq "$(shape <"$WORK/stderr")" "$(snippet '' 2 | shape)" 'what a conflict says'

# only owners renew and release
status=0
run_snippet 4 2>"$WORK/stderr" || status=$?
assert_eq "$status" 4 'renewing what is theirs'
assert_match "$(<"$WORK/stderr")" "Owner: $THEM"
status=0
run_snippet 5 2>"$WORK/stderr" || status=$?
assert_eq "$status" 4 'releasing what is theirs'
assert_held issue:8057324b

out=$(run_snippet 6)
assert_eq "$out" 'Active Locks:
  issue:8057324b   e5f6a7b8  expires in 30m
  path:src/api.rs  64d15a2c  expires in 1h' 'status'
out=$(run_snippet 7)
assert_eq "$(jq -c '[paths | map(tostring) | join(".")]' <<<"$out")" \
	"$(snippet json 2 | jq -c '.data.locks += .data.locks | [paths | map(tostring) | join(".")]')" \
	'the keys of status'
jq -e '.ok and .data.conflicts == [] and ([.data.locks[].resource] == ["issue:8057324b","path:src/api.rs"])' \
	<<<"$out" >/dev/null || fail "$out"

# their own renewal counts from now
run_snippet_as them 4 >"$WORK/renewed"
assert_match "$(<"$WORK/renewed")" '^Lock renewed'
run_snippet_as them 5 >/dev/null
assert_free issue:8057324b

grite lock acquire --resource issue:short --ttl 500ms >/dev/null
wait_until 5 test ! -e "$MNT/issue:short" || fail 'the short one does not expire'
# what ended by itself loses its ref a little later, and gc would count it until then
one_ref() { (($(git for-each-ref refs/grite/locks | wc -l) == 1)); }
wait_until 5 one_ref || fail "refs: $(git for-each-ref refs/grite/locks)"
out=$(run_snippet 8)
assert_eq "$out" 'Removed 0 expired locks, kept 1' gc
answers 0 '.ok and .data.removed == 0 and .data.kept == 1' grite lock gc --json

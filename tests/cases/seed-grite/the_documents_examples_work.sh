#!/bin/bash
# "Practical Examples": claim an issue, edit a file, renew through a long task.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/grite.sh"

grite_mount
stranger_start them

# claiming: the winner works and releases, others are told
export ID=8057324b
out=$(run_snippet 9)
assert_match "$out" 'Claimed issue 8057324b' 'the winner'
assert_free "issue:$ID"
assert_eq "$(<"$WORK/stub.log")" "issue comment $ID --body Working on this
issue close $ID" 'what grite was told'
as_agent them "cd $REPO && grite lock acquire --resource issue:$ID --ttl 30m" >/dev/null
out=$(run_snippet 9 2>/dev/null)
assert_match "$out" 'Issue already claimed' 'the loser'
assert_held "issue:$ID"
assert_eq "$(wc -l <"$WORK/stub.log")" 2 "the loser's work"

as_agent them "cd $REPO && grite lock release --resource issue:$ID" >/dev/null

# editing: held between acquire and release, by the same shell
mkdir -p config
run_snippet 10 'echo "{}" >config/settings.json
git() { test -e "$MNT/path:config%2Fsettings.json" && command git "$@"; }' >/dev/null
assert_free path:config%2Fsettings.json
assert_eq "$(git log --format=%s)" 'Update settings' 'the commit'

# a long task: three rounds, each renewed to two hours
# shellcheck disable=SC2016 # for the snippet's shell
out=$(run_snippet 11 'rounds=0
sleep() { test "$1" = 300; }
migration_in_progress() {
	rounds=$((rounds + 1))
	jq -r .expires_unix_ms "$MNT/repo:migration" >>"$WORK/expiries"
	[ "$rounds" -le 3 ]
}')
assert_eq "$(grep -c 'Lock renewed' <<<"$out")" 3 'renewals'
assert_eq "$(sort -n -u "$WORK/expiries" | wc -l)" 4 'expiries, each later'
sort -n -c "$WORK/expiries"
assert_free repo:migration

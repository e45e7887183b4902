#!/bin/bash
# "Best Practices": release by trap (and never a winner's lock), renew at half the time, fail
# gracefully.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/grite.sh"

grite_mount
stranger_start them
export ID=7

run_snippet 14 >/dev/null
assert_free issue:7
as_agent them "cd $REPO && grite lock acquire issue:7" >/dev/null
status=0
out=$(run_snippet 14 2>&1) || status=$?
assert_match "$out" 'Lock conflict.*Lock conflict' "the loser's acquire and its trap"
assert_held issue:7

# "..." stands for a name
# shellcheck disable=SC2016 # for the snippet's shell
out=$(run_snippet 15 'rounds=0
grite() { local words=("${@/#.../issue:half}"); command grite "${words[@]}"; }
sleep() { test "$1" = 900; }
working() { rounds=$((rounds + 1)); [ "$rounds" -le 2 ]; }')
assert_eq "$(grep -c '^Lock' <<<"$out")" 3 'one claim and two renewals'
assert_held issue:half

# shellcheck disable=SC2016
out=$(run_snippet 16 'grite() { local words=("${@/#.../issue:7}"); command grite "${words[@]}"; }' 2>/dev/null)
assert_eq "$out" 'Could not acquire lock, trying later' 'an unlucky one'

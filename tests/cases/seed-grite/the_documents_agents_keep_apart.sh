#!/bin/bash
# "Multi-Agent Coordination": workers share a list of issues, and steal only what has expired.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/grite.sh"

grite_mount
stranger_start one
stranger_start two
# shellcheck disable=SC2016 # for the agents' shells
prelude='ID=cccc3333
process_issue() {
	test -e "$MNT/issue:$1" || exit 1
	echo "$1" >>"$WORK/batches"
	mkdir "$WORK/working.$1" || echo "two at once" >>"$WORK/batches"
	until [ -e "$WORK/go" ]; do command sleep 0.02; done
	rmdir "$WORK/working.$1"
}'

# both come while the other is at work: each gets an issue of its own
run_snippet_as one 12 "$prelude" >"$WORK/one" &
wait_until 20 test -s "$WORK/batches" || fail 'the first worker does not begin'
run_snippet_as two 12 "$prelude" >"$WORK/two" 2>&1 &
wait_until 20 grep -q bbbb2222 "$WORK/batches" || fail 'the second worker does not begin'
assert_held issue:aaaa1111 issue:bbbb2222 issue:cccc3333
: >"$WORK/go"
wait
assert_eq "$(sort "$WORK/batches" | paste -sd ' ')" 'aaaa1111 bbbb2222' 'the batches'
assert_leases issue:cccc3333
assert_match "$(<"$WORK/two")" 'Lock conflict' "the coordinator's second claim"

# stealing: not while it is held, at once when it has expired
RESOURCE=issue:stolen
export RESOURCE
as_agent one "cd $REPO && grite lock acquire --resource $RESOURCE --ttl 1h" >/dev/null
id=$(field "$RESOURCE" lock_id)
run_snippet 13 >/dev/null
assert_eq "$(field "$RESOURCE" lock_id)" "$id" 'a live lock'
as_agent one "cd $REPO && grite lock renew --resource $RESOURCE --ttl 300ms" >/dev/null
wait_until 5 test ! -e "$MNT/$RESOURCE" || fail 'it does not expire'
out=$(run_snippet 13)
assert_match "$out" 'Lock acquired' 'stealing'
[[ $(field "$RESOURCE" lock_id) != "$id" ]] || fail 'the same lock'

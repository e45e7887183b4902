#!/bin/bash
# Without lokt sync: plain git push and git fetch of refs/grite/locks/* carry locks and releases
# between clones, and the daemons act on what has come.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

two_clones
push() {
	at "$1" git push -q origin "$LOCKS/*"
}
fetch() {
	at "$1" git fetch -q "${@:2}" origin "+$LOCKS/*:$LOCKS/*"
}

at a claim issue:1
at a claim path:src/main.c
soon has_ref "$WORK/a" issue:1
soon has_ref "$WORK/a" path:src/main.c
push a
fetch b
soon at b holds "$(at a lock_id issue:1)" issue:1
at b is_busy issue:1
at b is_busy path:src
assert_eq "$(at b field issue:1 host)" host-a 'the host'
assert_eq "$(at b field issue:1 owner)" "$(at a field issue:1 owner)" 'the owner'

# the other way, beside it
at b claim issue:2
soon has_ref "$WORK/b" issue:2
push b
fetch a
soon at a is_held issue:2
at a is_busy issue:2
soon at a is_held issue:1

# released: deleted there by hand, and fetched with --prune
at a release issue:1
soon not has_ref "$WORK/a" issue:1
at a git push -q origin ":$(ref_of issue:1)"
fetch b --prune
soon at b not is_held issue:1
at b claim issue:1

# held by both: what is fetched over ours was first
soon has_ref "$WORK/b" issue:1
at a claim issue:3
at b claim issue:3
soon has_ref "$WORK/a" issue:3
soon has_ref "$WORK/b" issue:3
theirs=$(at a lock_id issue:3)
at a git push -q origin "$(ref_of issue:3)"
fails_with 1 rejected at b git push -q origin "$(ref_of issue:3)"
at b git fetch -q origin "+$(ref_of issue:3):$(ref_of issue:3)"
soon at b holds "$theirs" issue:3
at b is_busy issue:3
at a holds "$theirs" issue:3

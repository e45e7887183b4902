#!/bin/bash
# rm, touch and lokt unlock of a bound lease, by a sibling and by the same owner: EBUSY.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"

export LOKT_OWNER=anna
guard_starts x -- sh -c "touch $WORK/begun; exec sleep 100"
refuses EBUSY unlink "$MNT/x"
refuses EBUSY create "$MNT/x"
fails_with 1 'Device or resource busy' rm "$MNT/x"
fails_with 1 'Device or resource busy' touch "$MNT/x"
status=0
"$LOKT" unlock x 2>/dev/null || status=$?
[[ $status != 0 ]] || fail 'lokt unlock released it'
assert_held x
kill "$GUARD"
ends_with 143
unset LOKT_OWNER

# siblings without an identity of their own
guard_starts x -- sh -c "touch $WORK/begun; exec sleep 100"
refuses EBUSY unlink "$MNT/x"
refuses EBUSY create "$MNT/x"
assert_held x
"$LOKT" unlock x --force >/dev/null
assert_free x
kill "$GUARD"
ends_with 143

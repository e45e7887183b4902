#!/bin/bash
# --wait with its timeout; handed over directly on release.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
"$LOKT" lock x >/dev/null
cli_adopt
begin=$(now_us)
lokt_says 2 '' lock x --wait --timeout 300ms
took=$((($(now_us) - begin) / 1000))
((took >= 300 && took < 2000)) || fail "the timeout took $took ms"
"$LOKT" lock x --wait --timeout 20s >"$WORK/waited" &
waiter=$!
nap 0.3
[[ ! -s $WORK/waited ]] || fail 'it did not wait'
"$LOKT" unlock x >/dev/null
wait "$waiter" || fail 'the waiter was not granted'
assert_eq "$(<"$WORK/waited")" 'acquired lock "x"' 'the waiter'
"$LOKT" unlock x >/dev/null

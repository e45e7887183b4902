#!/bin/bash
# --pid: released the moment the process ends; a dead pid is refused.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
sleep 100 &
holder=$!
lokt_says 0 'acquired lock "x"' lock x --pid "$holder"
cli_adopt
assert_eq "$(field x bound)" true bound
fails_with 1 'Device or resource busy' rm "$MNT/x"
kill -9 "$holder"
wait_until 2 test ! -e "$MNT/x" || fail 'its process has ended, and it is held'
wait "$holder" 2>/dev/null || true
status=0
"$LOKT" lock y --pid "$holder" >/dev/null 2>&1 || status=$?
[[ $status != 0 ]] || fail 'a dead pid was taken'
assert_free y

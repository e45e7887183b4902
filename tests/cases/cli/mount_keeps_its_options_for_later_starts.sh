#!/bin/bash
# ROOT/config: what mount was given is used by every later start.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
"$LOKT" mount -o ttl=77s >/dev/null || fail 'mount failed'
cli_adopt
touch "$MNT/x"
assert_eq "$(field x ttl_sec)" 77 'ttl after mount'
"$LOKT" mount >/dev/null || fail 'a second mount is no error'
"$LOKT" umount >/dev/null || fail 'umount failed'
wait_until 10 not process_lives "${DAEMONS[-1]}" || fail 'umount left the daemon'
is_mounted "$MNT" && fail 'still mounted'
grep -q 'ttl=77s' "$ROOT/config" || fail "config: $(cat "$ROOT/config")"
lokt_says 0 'acquired lock "y"' lock y
cli_adopt
assert_held x
touch "$MNT/z"
assert_eq "$(field z ttl_sec)" 77 'ttl after autostart'

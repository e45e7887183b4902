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

# those of shared leases as well, and nothing that is no such option
"$LOKT" umount >/dev/null || fail 'umount failed'
wait_until 10 not process_lives "${DAEMONS[-1]}" || fail 'umount left the daemon'
for option in shared=maybe shared remote= remote=-x remote=https://host/x interval=0 skew=2h \
	strict_wait=61s; do
	lokt_says 64 '' mount -o "$option"
	and_on_stderr "${option%%=*}"
done
"$LOKT" mount -o shared=off,remote=up/stream,interval=1m,skew=0,strict_wait=500ms >/dev/null ||
	fail 'mount failed'
cli_adopt
for option in ttl=77s shared=off remote=up/stream interval=1m skew=0 strict_wait=500ms; do
	grep -qx "$option" "$ROOT/config" || fail "config: $(cat "$ROOT/config")"
done
assert_held x

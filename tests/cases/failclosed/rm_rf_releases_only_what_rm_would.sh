#!/bin/bash
# rm -rf ROOT/locks/ follows the link: others' leases and all freezes survive it.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
agent_start other
as_agent other 'touch $MNT/theirs'
touch "$MNT/mine" "$MNT/mine-too" "$MNT/.lokt/freezes/frozen"
as_agent other 'touch $MNT/.lokt/freezes/theirs-frozen'
rm -rf "$ROOT/locks/" 2>/dev/null || true
assert_free mine mine-too
assert_held theirs
[[ -e $MNT/.lokt/freezes/frozen ]] || fail 'my freeze is gone'
[[ -e $MNT/.lokt/freezes/theirs-frozen ]] || fail 'their freeze is gone'
[[ -L $ROOT/locks ]] || fail 'ROOT/locks is gone'
touch "$MNT/mine"
rm -rf "${MNT:?}"/* 2>/dev/null || true
assert_free mine
assert_held theirs
as_agent other 'rm $MNT/theirs'

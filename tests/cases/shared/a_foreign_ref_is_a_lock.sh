#!/bin/bash
# A lock ref that somebody wrote is held here: seen with its owner and host, in everybody's way,
# nobody's to release; gone with its ref, or once it has expired and the clocks' difference too.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

make_remote
make_clone a
mount_clone a skew=2s
dir=$WORK/a

id=$(new_id)
put_lock "$dir" issue:1 "$(in_ms 600000)" "$id" nina faraway
soon at a is_held issue:1
at a assert_held issue:1
assert_eq "$(at a field issue:1 owner)" nina owner
assert_eq "$(at a field issue:1 host)" faraway host
assert_eq "$(at a field issue:1 lock_id)" "$id" lock_id
assert_eq "$(at a field issue:1 resource)" issue:1 resource
assert_eq "$(at a grite_lock status --json | jq -r '.data.locks[0].owner')" "$THEM" 'the actor'
at a audit_has import issue:1 || fail 'not in the audit trail'
at a is_busy issue:1
at a fails_with 4 'Lock conflict' "$LOKT" acquire issue:1
at a fails_with 2 'nina' "$LOKT" lock issue:1
fails_with 1 'Operation not permitted' at a rm "$(at a eval 'echo "$MNT/issue:1"')"
at a fails_with 4 '' "$LOKT" release issue:1
fails_with 1 'Operation not permitted' at a touch "$(at a eval 'echo "$MNT/.lokt/renew/issue:1"')"
assert_eq "$(ref_field "$dir" issue:1 nonce)" "$id" 'the ref'

# its own resources too, by the rules of overlap
put_lock "$dir" path:src "$(in_ms 600000)"
soon at a is_held path:src
at a is_busy path:src/main.c
at a is_busy repo:all
at a claim path:lib
at a release path:lib

# many at once, packed
for i in {10..30}; do
	put_lock "$dir" "issue:$i" "$(in_ms 600000)"
done
git -C "$dir" pack-refs --all
all_held() {
	[[ $(find "$MNT" -mindepth 1 -maxdepth 1 -name 'issue:[123]?' | wc -l) == 21 ]]
}
soon at a all_held
git -C "$dir" pack-refs --all
nap 0.3
at a all_held
drop_ref "$dir" issue:20
soon at a not is_held issue:20
at a is_held issue:21

# released by hand: gone, for all who look, and free
drop_ref "$dir" issue:1
soon at a not is_held issue:1
at a assert_free issue:1
at a claim issue:1

# expired by its clock, and only past the skew
put_lock "$dir" issue:2 "$(in_ms 1000)"
soon at a is_held issue:2
nap 1.5
at a is_held issue:2 || fail 'gone before the clocks may differ'
at a is_busy issue:2
soon at a not is_held issue:2
at a claim issue:2
is_ours() {
	is_mirrored "$dir" issue:2 "$(at a lock_id issue:2)"
}
soon is_ours

# renewed by its owner
id=$(new_id)
put_lock "$dir" issue:3 "$(in_ms 3000)" "$id"
soon at a is_held issue:3
put_lock "$dir" issue:3 "$(in_ms 600000)" "$id"
renewed_here() {
	(($(field issue:3 expires_unix_ms) > $(in_ms 300000)))
}
soon at a renewed_here

# a lock that is long past is none
put_lock "$dir" issue:4 "$(in_ms -600000)"
nap 0.5
at a assert_free issue:4
at a claim issue:4

# a nonce of another length, as other programs write them
put_lock "$dir" issue:5 "$(in_ms 600000)" "$(new_id)$(new_id)"
soon at a is_held issue:5
assert_match "$(at a lock_id issue:5)" '^[0-9a-f]{32}$' 'the lock id of a longer nonce'

# what is imported outlives this daemon
at a kill_daemon
mount_clone a skew=2s
soon at a is_held issue:5
at a is_busy issue:5

#!/bin/bash
# slow
# allow_other, and three users beside the mounter: whatever one of them tries on what another
# holds or has frozen is refused, by every way in, and the lease stays as it was.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/users.sh"

users_make
mount_fs allow_other

ask_refused() {
	local answer
	answer=$(ask_as "$1" "$2" 2>&1) || true
	[[ $answer == *'"ok":true'* ]] && fail "uid $1 was let: $2: $answer"
	[[ $answer == *'"ok":false'* ]] || fail "uid $1: no answer to $2: $answer"
}

# try USER PART COMMAND…: refused with that word.
try() {
	local user=$1 part=$2
	shift 2
	fails_with 1 "$part" as "$user" "$@"
}

for user in "${USERS[@]}"; do
	as "$user" touch "$MNT/lock-$user" "$MNT/.lokt/freezes/frozen-$user"
	as "$user" flock "$MNT/bound-$user" sleep 1000 &
	disown
	also_kill $!
	wait_until 10 test -e "$MNT/bound-$user" || fail 'no bound lease'
	assert_eq "$(field "lock-$user" owner)" "$(id -nu "$user")" 'the owner by name'
	assert_eq "$(field "lock-$user" uid)" "$user" uid
done
everything() {
	local name
	for name in lock bound; do
		for user in "${USERS[@]}"; do
			cat "$MNT/$name-$user"
		done
	done
	cat "$MNT/.lokt/freezes/"*
}
before=$(everything)

# No environment makes one user another: owner and agent are those of the holder.
attack() {
	local thief=$1 victim=$2 kind name id
	export LOKT_OWNER LOKT_AGENT_ID
	for kind in lock bound; do
		name=$kind-$victim
		id=$(field "$name" lock_id)
		LOKT_OWNER=$(field "$name" owner)
		LOKT_AGENT_ID=$(field "$name" agent_id)
		try "$thief" 'not permitted' touch "$MNT/.lokt/renew/$name"
		try "$thief" 'not permitted' touch -d '+9 hours' "$MNT/.lokt/renew/$name"
		try "$thief" 'not permitted' bash -c "echo 9h >'$MNT/.lokt/renew/$name'"
		try "$thief" 'not permitted' bash -c "echo 9h >>'$MNT/$name'"
		try "$thief" '' bash -c "echo 9h >'$MNT/$name'"
		try "$thief" '' touch "$MNT/$name"
		try "$thief" '' touch -d '+9 hours' "$MNT/$name"
		try "$thief" '' rm -f "$MNT/$name"
		try "$thief" 'not permitted' rm -f "$MNT/.lokt/force/locks/$name"
		try "$thief" '' rm -f "$MNT/.lokt/stale/$name"
		try "$thief" '' mv -f "$MNT/$name" "$MNT/stolen"
		try "$thief" '' ln "$MNT/$name" "$MNT/stolen"
		try "$thief" '' chown "$thief" "$MNT/$name"
		try "$thief" '' chmod 777 "$MNT/$name"
		try "$thief" '' truncate -s 0 "$MNT/$name"
		fails_with 1 '' as "$thief" flock -n "$MNT/$name" true
		ask_refused "$thief" "{\"op\":\"release\",\"resource\":\"$name\"}"
		ask_refused "$thief" "{\"op\":\"release\",\"resource\":\"$name\",\"lock_id\":\"$id\"}"
		ask_refused "$thief" "{\"op\":\"release\",\"resource\":\"$name\",\"force\":true}"
		ask_refused "$thief" "{\"op\":\"release\",\"resource\":\"$name\",\"break_stale\":true}"
		ask_refused "$thief" "{\"op\":\"renew\",\"resource\":\"$name\",\"ttl_ms\":99000}"
		ask_refused "$thief" "{\"op\":\"acquire\",\"resource\":\"$name\"}"
	done
	name=frozen-$victim
	try "$thief" '' rm -f "$MNT/.lokt/freezes/$name"
	try "$thief" 'not permitted' rm -f "$MNT/.lokt/force/freezes/$name"
	try "$thief" '' touch -d '+9 hours' "$MNT/.lokt/freezes/$name"
	try "$thief" '' bash -c "echo 9h >>'$MNT/.lokt/freezes/$name'"
	try "$thief" '' touch "$MNT/$name"
	ask_refused "$thief" "{\"op\":\"unfreeze\",\"resource\":\"$name\"}"
	ask_refused "$thief" "{\"op\":\"unfreeze\",\"resource\":\"$name\",\"force\":true}"
	unset LOKT_OWNER LOKT_AGENT_ID
}

for thief in "${USERS[@]}"; do
	for victim in "${USERS[@]}"; do
		[[ $thief == "$victim" ]] || attack "$thief" "$victim"
	done
done
assert_eq "$(everything)" "$before" 'what they hold'
for user in "${USERS[@]}"; do
	as "$user" rm "$MNT/.lokt/force/locks/lock-$user" "$MNT/.lokt/freezes/frozen-$user"
	assert_free "lock-$user"
done

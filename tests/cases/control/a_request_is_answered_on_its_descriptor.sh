#!/bin/bash
# .lokt/request: one JSON object in, one out, in one journal record.
. "$(dirname "$0")/../../lib/case.sh"

ask() {
	"$FSOP" open_both "$MNT/.lokt/request" write "$1" read close |
		sed -E '/^(open_both|write|close) ok$/d; s/read ok$//'
}

mount_fs
assert_eq "$(ask '{"op":"acquire","resource":"x","ttl_ms":90000,"note":"hi"}' |
	jq -c '[.ok,.lease.name,.lease.ttl_sec,.lease.note]')" '[true,"x",90,"hi"]' acquire
assert_held x
assert_eq "$(ask '{"op":"acquire","resource":"x"}' |
	jq -c '[.ok,.verdict,.errno,.holder.name]')" '[false,"held",16,"x"]' 'a second acquire'
assert_eq "$(ask '{"op":"renew","resource":"x","ttl_ms":120000}' | jq -c '[.ok,.lease.ttl_sec]')" \
	'[true,120]' renew
assert_eq "$(ask '{"op":"acquire","resource":"path:src/a b","ttl_ms":null}' |
	jq -c '[.ok,.lease.name,.lease.ttl_sec]')" '[true,"path:src/a b",null]' 'a path'
assert_held path:src%2Fa%20b
id=$(field x lock_id)
assert_eq "$(ask '{"op":"release","resource":"x","lock_id":"00000000000000000000000000000000"}' |
	jq -c .ok)" false 'release of another lock_id'
assert_held x
assert_eq "$(ask "{\"op\":\"release\",\"resource\":\"x\",\"lock_id\":\"$id\"}" | jq -c .ok)" true release
assert_free x
assert_eq "$(ask '{"op":"freeze","resource":"f","ttl_ms":60000}' | jq -c .ok)" true freeze
assert_eq "$(ask '{"op":"acquire","resource":"f"}' | jq -c '[.ok,.verdict,.errno]')" \
	'[false,"frozen",13]' 'acquire of a frozen name'
assert_eq "$(ask '{"op":"unfreeze","resource":"f"}' | jq -c .ok)" true unfreeze
for bad in '{' 'junk' '{}' '{"op":"dance"}' '{"op":"acquire"}' '{"op":"acquire","resource":"path:/a"}' \
	'{"op":"acquire","resource":"y","ttl_ms":-1}' '{"op":"acquire","resource":7}'; do
	answer=$(ask "$bad" 2>&1) || true
	[[ $answer == *EINVAL* || $(jq -c .ok <<<"$answer" 2>/dev/null) == false ]] ||
		fail "'$bad' was answered '$answer'"
done
assert_leases path:src%2Fa%20b
exec 5<>"$MNT/.lokt/request"
printf '{"op":"acquire","resource":"shell"}' >&5
assert_eq "$(cat <&5 | jq -c .ok)" true 'through a shell'"'"'s descriptor'
exec 5>&-
assert_eq "$(ask '{"op":"acquire","resource":"waited"}' | jq .ok)" true 'acquire'
(ask '{"op":"acquire","resource":"waited","wait_ms":20000}' | jq -c .ok >"$WORK/waited") &
waiter=$!
nap 0.2
[[ ! -s $WORK/waited ]] || fail 'a waiter was answered while the name was held'
rm "$MNT/waited"
wait "$waiter"
assert_eq "$(<"$WORK/waited")" true 'the waiter'
assert_held waited
assert_eq "$(ask '{"op":"acquire","resource":"waited","wait_ms":100}' | jq -c '[.ok,.verdict]')" \
	'[false,"timed-out"]' 'a wait that ends'

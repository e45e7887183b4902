#!/bin/bash
# A lock from another machine has no process here: its owner and host are told, and never a pid,
# in every listing; so are conflicts, and in doctor's words how the mirror stands. The daemon is
# played by files, so that what it says is known.
. "$(dirname "$0")/../../lib/own_namespace.sh"
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

[[ -n ${OWN_NAMESPACE:-} ]] || skip 'no mount namespace to be had'
mount --make-rprivate /
export LOKT_NO_AUTOSTART=1 LOKT_OWNER=me
mkdir -p "$MNT"
MOUNTS+=("$MNT")
mount -t tmpfs none "$MNT"
mkdir -p "$MNT/.lokt"
ln -s .. "$MNT/.lokt/here"
ln -sfn mnt/.lokt/here "$ROOT/locks"

expires_ms=$((($(date +%s) + 3600) * 1000))
lease() { # NAME OWNER HOST PID
	jq -nc --arg name "$1" --arg owner "$2" --arg host "$3" --argjson pid "$4" \
		--argjson ms "$expires_ms" '{version: 1, name: $name,
		lock_id: "0123456789abcdef0123456789abcdef", owner: $owner, host: $host, pid: $pid,
		pid_start_ns: $pid, agent_id: "", acquired_ts: "2026-11-22T03:04:05.123Z", ttl_sec: 3600,
		expires_at: ($ms / 1000 | todate), uid: 0, fencing_token: 42, bound: false,
		resource: $name, nonce: "0123456789abcdef0123456789abcdef", expires_unix_ms: $ms,
		actor: "64d15a2c383e2161772f9cea23e87222", age_sec: 1, expired: false, foreign: true,
		pid_status: "dead"}'
}
conflict='{"resource":"issue:2","ts":"2026-11-22T03:04:05.123Z","ours":{"owner":"me","nonce":"00"},
	"theirs":{"owner":"e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0","name":"bob","host":"far","nonce":"11",
	"expires_unix_ms":1795318445123}}'
# daemon_says SHARED CONFLICTS
daemon_says() {
	printf '{"version":1,"leases":[%s],"freezes":[],"conflicts":[%s],"shared":%s}\n' \
		"$(lease issue:1 bob far 0)" "$2" "$1" >"$MNT/.lokt/status.json"
}
has() { # TEXT PART…
	local text=$1 part
	shift
	for part; do
		[[ $text == *"$part"* ]] || fail "'$part' is not in: $text"
	done
	[[ ! $text =~ pid:?\ *0|DEAD|stale ]] || fail "a process is told of: $text"
}

daemon_says '{"mode":"off","pending":0}' ''
assert_match "$("$LOKT" status)" '^issue:1  bob@far .*s$' 'status'
has "$("$LOKT" status issue:1)" 'bob' 'far'
has "$("$LOKT" why issue:1 || true)" 'held by bob on far' 'lokt sync' 'lokt lock --wait issue:1' 'lokt unlock --force issue:1'
assert_match "$("$LOKT" prime)" 'bob@far' prime

daemon_says '{"mode":"off","pending":0}' "$conflict"
sentence='issue:2 is held by bob on far until 2026-11-22 03:34:05 UTC; your lock was revoked'
has "$("$LOKT" status)" "
conflict: $sentence"
assert_eq "$("$LOKT" status --json | jq -c 'map(.name)')" '["issue:1"]' 'the array is of leases'
"$LOKT" status issue:1 | grep conflict && fail 'a conflict of another name'
ln -s "$LOKT" "$WORK/grite"
has "$("$WORK/grite" lock status)" 'Active Locks:
  issue:1  64d15a2c  expires in 1h' "
Conflicts:
  $sentence"
assert_eq "$("$WORK/grite" lock status --json | jq -c .data.conflicts)" "[$(jq -c . <<<"$conflict")]" 'data.conflicts'

# doctor_says OK|WARN|FAIL 'words' SHARED
doctor_says() {
	daemon_says "$3" ''
	"$LOKT" doctor >"$WORK/doctor" 2>&1 || true
	line=$(grep -A1 -E '^(OK|WARN|FAIL) +shared ' "$WORK/doctor") || fail "$(<"$WORK/doctor")"
	assert_match "$line" "^$1 .*$2" 'shared'
	[[ $1 == OK || $line == *'mend it: '* ]] || fail "no command: $line"
}
where='"repository":"/r/.git"'
ago=$(date -u -d '-90 seconds' +%Y-%m-%dT%H:%M:%SZ)
doctor_says OK 'in no git repository: off; remote none' '{"mode":"off","pending":0}'
doctor_says FAIL 'in no git repository: strict.*shared=off' '{"mode":"strict","pending":0}'
doctor_says OK 'mirrored to /r/.git: off; remote none' "{\"mode\":\"off\",$where,\"pending\":0}"
doctor_says WARN 'async; remote none.*remote=NAME' "{\"mode\":\"async\",$where,\"pending\":0}"
doctor_says OK 'async; remote origin, not reached yet' \
	"{\"mode\":\"async\",$where,\"remote\":\"origin\",\"pending\":0}"
doctor_says OK 'strict; remote origin, reached 1m3[0-9]s ago, 2 locks to be told there' \
	"{\"mode\":\"strict\",$where,\"remote\":\"origin\",\"last_sync\":\"$ago\",\"pending\":2}"
doctor_says WARN 'reached 1m3[0-9]s ago; git fetch: exit status 128.*lokt sync origin' \
	"{\"mode\":\"async\",$where,\"remote\":\"origin\",\"last_sync\":\"$ago\",\"error\":\"git fetch: exit status 128\",\"pending\":0}"
doctor_says FAIL 'no answer in time' \
	"{\"mode\":\"strict\",$where,\"remote\":\"origin\",\"error\":\"no answer in time\",\"pending\":0}"
doctor_says WARN 'cannot be read' '{"mode":"sometimes"}'
umount "$MNT"

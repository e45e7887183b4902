#!/bin/bash
# The same user, the same default_actor, the same host name, in two clones: neither takes the
# other's lock for its own, to claim, renew, release, collect or restart.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

make_remote
for clone in a b; do
	make_clone "$clone"
	mkdir -p "$WORK/$clone/.git/grite"
	echo "default_actor = \"$US\"" >"$WORK/$clone/.git/grite/config.toml"
done
export LOKT_OWNER=same LOKT_AGENT_ID=same GRITE_ACTOR=$US
for clone in a b; do
	mount_clone "$clone" remote=origin,shared=strict,interval=1s
done
# in b as on the machine of a
in_b() {
	at b env LOKT_HOST=host-a "$@"
}

at a "$LOKT" acquire issue:1 >/dev/null
id=$(at a lock_id issue:1)
assert_eq "$(ref_field "$REMOTE" issue:1 owner)" "$US" 'the actor'
for command in 'acquire issue:1' 'renew --resource issue:1' 'release issue:1' 'acquire repo:all'; do
	# shellcheck disable=SC2086 # words
	fails_with 4 '' in_b "$LOKT" $command
done
fails_with 1 'Operation not permitted' in_b rm "$(root_of b)/mnt/issue:1"
fails_with 4 '' in_b "$LOKT" unlock issue:1
in_b "$LOKT" unlock --owner same >/dev/null
in_b "$LOKT" unlock --all >/dev/null
in_b "$LOKT" gc >/dev/null
in_b "$LOKT" sync >/dev/null
at b kill_daemon
mount_clone b
in_b "$LOKT" sync >/dev/null
soon at b holds "$id" issue:1
at a "$LOKT" sync >/dev/null
at a holds "$id" issue:1
is_mirrored "$REMOTE" issue:1 "$id" || fail "b has changed a's lock on the remote"
at a "$LOKT" renew --resource issue:1 --ttl 1h >/dev/null
at a "$LOKT" release issue:1 >/dev/null
wait_until 10 at b claims issue:1 || fail 'released, and still refused'

# two parties in one clone: what overlaps is refused as well
at a env LOKT_AGENT_ID=one "$LOKT" acquire path:src >/dev/null
fails_with 4 '' at b "$LOKT" acquire path:src/main.c
at a env LOKT_AGENT_ID=one "$LOKT" release path:src >/dev/null

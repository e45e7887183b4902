#!/bin/bash
# The daemon on the host, its ROOT given to containers: what docs/containers.md says of uids, of
# processes, of LOKT_HOST, and of what becomes of a container's locks.
. "$(dirname "$0")/../../lib/own_namespace.sh"
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/users.sh"

fuse_is_there || skip 'no /dev/fuse or no fusermount3'
users_make
. "$(dirname "$0")/../../lib/container.sh"
users_may_mount
unshare --user --map-root-user true 2>/dev/null || skip "no user namespaces here"
user=${USERS[0]} other=${USERS[1]}
chown "$user" "$WORK/image"
mkdir "$ROOT"
chown "$user:$user" "$ROOT"
MOUNTS+=("$MNT")
export LOKT_ROOT=$ROOT

on_host() {
	as "$user" "$PROGRAMS/lokt" "$@"
}
# as_json: what the host sees of a lock that root is not let in to see
as_json() {
	as "$user" cat "$MNT/$1"
}

on_host mount >/dev/null
DAEMONS+=("$(daemon_pid)")

# who gets in: the user's uid by docker run -u, root of his rootless container; nobody else
docker "$user" touch /locks/locks/of-docker
podman "$user" touch /locks/locks/of-podman
assert_eq "$(as_json of-docker | jq .uid) $(as_json of-podman | jq .uid)" "$user $user" 'the uids'
fails_with 1 'Permission denied' docker 0 touch /locks/locks/x
fails_with 1 "is mounted by user" docker "$other" lokt lock x
fails_with 1 'Permission denied' docker "$other" touch /locks/locks/x

# one lock for all, whoever holds it
as "$user" sh -c '"$0" lock host; sleep 1000' "$PROGRAMS/lokt" >/dev/null &
also_kill $!
wait_until 10 as_json host >/dev/null || fail 'no lock on the host'
fails_with 1 'busy' podman "$user" touch /locks/locks/host
fails_with 2 'held by' docker "$user" lokt lock host
fails_with 2 'held by' on_host lock of-docker
# and each container is a party of its own
fails_with 1 'not permitted' docker "$user" rm -f /locks/locks/host
fails_with 4 'owned by' podman "$user" lokt unlock host

# unless both say the same LOKT_OWNER
LOKT_OWNER=team docker "$user" lokt lock team >/dev/null
LOKT_OWNER=team podman "$user" lokt unlock team >/dev/null
LOKT_OWNER=team on_host lock team >/dev/null
fails_with 4 'owned by' docker "$user" env LOKT_OWNER=others lokt unlock team
# flock(1) is all that a container needs
assert_eq "$(docker "$user" flock /locks/locks/f cat /locks/locks/f | jq .bound)" true 'bound by flock'
fails_with 1 '' as_json f

# what it took outlives it until its time; then, its processes gone, the owner may release
fails_with 0 'released' on_host unlock of-podman
fails_with 0 'released' podman "$user" lokt unlock of-docker

# LOKT_HOST names the container, which has no name of its own for the daemon
assert_eq "$(docker "$user" sh -c 'touch /locks/locks/n; cat /locks/locks/n; rm /locks/locks/n' | jq -r .host)" \
	"$(uname -n)" 'the host without LOKT_HOST'
assert_eq "$(docker "$user" sh -c 'export LOKT_HOST=box; touch /locks/locks/n; cat /locks/locks/n; rm /locks/locks/n' |
	jq -r .host)" box 'the host with LOKT_HOST'

# pids are the daemon's; --pid $$ means the container's process, which no other number does
inside=$(docker "$user" sh -c 'lokt lock mine --pid $$ >/dev/null; cat /locks/locks/mine
	lokt lock theirs --pid 2 2>&1; echo "{\"pid\":1}" >/locks/locks/text; cat /locks/locks/text') || true
assert_eq "$(grep -c '"bound":true' <<<"$inside")" 2 'bound locks'
[[ $(head -n 1 <<<"$inside" | jq .pid) != 1 ]] || fail "it is bound to the host's process 1"
assert_match "$inside" 'lock "theirs" was to be bound to a process that does not live' 'another number'
not_there() {
	[[ $(on_host status) != *"$1"* ]]
}
wait_until 10 not_there mine || fail 'the container has ended, and its process holds a lock'
wait_until 10 not_there text || fail 'the container has ended, and its process holds a lock'

# guard in a container, which is killed: free at once. It waits for the host as anybody does.
install -o "$user" -m 666 /dev/null "$ROOT/runs"
(docker "$user" lokt guard killed -- sh -c 'echo $$ >/locks/runs; sleep 1000' >/dev/null 2>&1 || true) &
wait_until 10 test -s "$ROOT/runs" || fail 'the guard does not begin'
holder=$(as_json killed | jq .pid)
fails_with 2 'held by' on_host lock killed
kill -9 "$holder" # the first process of its namespace: all of the container ends
on_host lock killed --wait --timeout 10s >/dev/null || fail 'it is not free'

# with allow_other everybody gets in, each as his own uid
on_host umount --force >/dev/null
wait_until 10 not process_lives "${DAEMONS[-1]}" || fail 'the daemon does not end'
rm -rf "$ROOT"
"$LOKT" mount -o allow_other >/dev/null
DAEMONS+=("$(daemon_pid)")
docker "$other" touch /locks/locks/others
podman "$user" touch /locks/locks/users
assert_eq "$(field others uid) $(field users uid)" "$other $user" 'the uids'
fails_with 1 'not permitted' podman "$user" rm -f /locks/locks/others

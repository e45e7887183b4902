#!/bin/bash
# What docs/containers.md says of mounts: those that are made after the container began, that are
# given up while it runs, that are made in it, and a work tree under another path.
. "$(dirname "$0")/../../lib/own_namespace.sh"
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/users.sh"

fuse_is_there || skip 'no /dev/fuse or no fusermount3'
users_make
. "$(dirname "$0")/../../lib/container.sh"
users_may_mount
unshare --user --map-root-user true 2>/dev/null || skip "no user namespaces here"
user=${USERS[0]}
chown "$user" "$WORK/image"
mkdir "$ROOT"
chown "$user:$user" "$ROOT"
MOUNTS+=("$MNT")
export LOKT_ROOT=$ROOT
# as on a machine where systemd has begun: mounts are shared with later namespaces
mount --bind "$WORK" "$WORK"
mount --make-shared "$WORK"
LATE_MOUNTS+=("$WORK")

on_host() {
	as "$user" "$PROGRAMS/lokt" "$@"
}
mount_on_host() {
	on_host mount >/dev/null || fail 'no mount on the host'
	DAEMONS+=("$(daemon_pid)")
}

# begin COMMANDS: a container that waits for go before it runs them; ends: its output
begin() {
	rm -f "$ROOT/ready" "$ROOT/go"
	docker "$user" sh -c "touch /locks/ready; until [ -e /locks/go ]; do sleep 0.05; done; $1" \
		>"$WORK/output" 2>&1 &
	container=$!
	wait_until 20 test -e "$ROOT/ready" || fail "the container does not begin: $(<"$WORK/output")"
}
ends() {
	as "$user" touch "$ROOT/go"
	wait "$container" || true
	OUTPUT=$(<"$WORK/output")
}

# nothing mounted: nothing locked, and lokt there says what is missing
fails_with 1 'No such file or directory' docker "$user" touch /locks/locks/x
fails_with 1 'there is none here' docker "$user" lokt lock x
fails_with 1 'cannot tell' docker "$user" lokt exists x

# mounted after it began: not seen, unless the volume is a slave
for slave in '' yes; do
	export SLAVE=$slave
	begin 'touch /locks/locks/late && echo taken'
	mount_on_host
	ends
	if [[ -n $slave ]]; then
		assert_eq "$OUTPUT" taken 'with :rslave'
	else
		assert_match "$OUTPUT" 'No such file or directory' 'without'
	fi
	on_host umount >/dev/null
	wait_until 10 not process_lives "${DAEMONS[-1]}" || fail 'the daemon does not end'
done
SLAVE=

# given up by the host: the container's copy is served on, and nobody else serves that ROOT
mount_on_host
begin 'touch /locks/locks/in && echo taken'
fails_with 1 'has not ended' on_host umount
fails_with 1 'its mount does not answer' on_host mount
fails_with 1 'No such file or directory' touch "$ROOT/locks/x"
ends
assert_eq "$OUTPUT" taken 'in the container'
wait_until 20 not process_lives "${DAEMONS[-1]}" || fail 'the daemon outlives the container'
mount_on_host
fails_with 2 'held by' on_host lock in
# its processes may be killed; the container does not notice
begin 'touch /locks/locks/killed && echo taken'
kill_worker
ends
assert_eq "$OUTPUT" taken 'after the worker was killed'
on_host umount >/dev/null
wait_until 10 not process_lives "${DAEMONS[-1]}" || fail 'the daemon does not end'

# the mount itself as the volume, and nothing mounted: a plain file, which locks nothing
VOLUME=$MNT docker "$user" touch /locks/x
[[ -f $MNT/x ]] || fail 'no plain file'
fails_with 1 'not empty' on_host mount
rm "$MNT/x"

# a daemon in the container: the device, and root there, also of a rootless one
for engine in 'docker 0' "podman $user"; do
	chown -R "${engine#* }:${engine#* }" "$ROOT"
	# shellcheck disable=SC2086 # two words
	said=$(WITH_DEVICE=yes $engine sh -c 'lokt mount >/dev/null && touch /locks/locks/own && lokt exists own &&
		lokt status own && lokt unlock own --force && lokt umount && echo done') || fail "$engine: $said"
	assert_match "$said" 'done$' "$engine"
	assert_match "$said" '\(dead\)' "$engine: process 1 stands for no party"
	fails_with 1 'No such file or directory' touch "$ROOT/locks/x"
done

# a work tree under another path: .locks and ROOT/locks are relative
git init -q "$WORK/tree"
chown -R "$user:$user" "$WORK/tree"
MOUNTS+=("$WORK/tree/.git/lokt/mnt")
(cd "$WORK/tree" && as "$user" env -u LOKT_ROOT "$PROGRAMS/lokt" init >/dev/null)
DAEMONS+=("$(jq .pid "$WORK/tree/.git/lokt/daemon")")
VOLUME=$WORK/tree docker "$user" sh -c 'cd /locks && unset LOKT_ROOT && touch .locks/a && lokt exists a && rm .locks/a' ||
	fail 'no lock in the work tree'

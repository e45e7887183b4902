# shellcheck shell=bash
# What a container is made of, without one: namespaces for mounts, pids, host name (and users, where
# it is rootless), another root directory with the machine's programs, and the ROOT bind-mounted at
# /locks as -v ROOT:/locks does. Sourced after case.sh.

# From outside: VOLUME (another directory than ROOT), WITH_DEVICE (--device /dev/fuse), SLAVE (:rslave).
# Run in the new namespaces: container.init ROOT_DIRECTORY CHROOT-OPTIONS… -- COMMAND…
cat >"$WORK/container.init" <<'X'
set -e
image=$1
shift
[ -n "$SLAVE" ] || mount --make-rprivate /
mount -t tmpfs -o mode=755 none "$image" 2>/dev/null || mount --bind "$image" "$image"
for entry in /bin /sbin /lib /lib64 /usr /etc; do
	if [ -L $entry ]; then
		cp -P $entry "$image$entry"
	elif [ -e $entry ]; then
		mkdir "$image$entry"
		mount --rbind $entry "$image$entry"
	fi
done
mkdir -m 1777 "$image/tmp"
mkdir "$image/proc" "$image/dev" "$image/locks" "$image/programs"
for device in null zero; do
	: >"$image/dev/$device"
	mount --bind /dev/$device "$image/dev/$device"
done
mount -t proc proc "$image/proc"
mount --rbind "$PROGRAMS" "$image/programs"
mount --rbind "${VOLUME:-$ROOT}" "$image/locks"
if [ -n "$WITH_DEVICE" ]; then
	: >"$image/dev/fuse"
	mount --bind /dev/fuse "$image/dev/fuse"
fi
hostname box
options=
while [ "$1" != -- ]; do
	options="$options $1"
	shift
done
shift
export PATH=/programs:/usr/sbin:/usr/bin:/sbin:/bin LOKT_ROOT=/locks HOME=/tmp
# shellcheck disable=SC2086 # words are meant
exec chroot $options "$image" "$@"
X
mkdir "$WORK/image"
PROGRAMS=$WORK/programs
mkdir "$PROGRAMS"
cp "$LOKT" "$LOKTFS" "$FSOP" "$PROGRAMS"
chmod 755 "$WORK" "$PROGRAMS" "$PROGRAMS"/*
export PROGRAMS

container_report() {
	local run=$1 status=0
	shift
	"$@" >"$run/said" 2>&1 || status=$?
	echo "$status" >"$run/status"
}

# Begun by nobody here, as by a container engine: another party than the case's shell. What it says
# and its status are ours.
container_run() {
	local run
	run=$(mktemp -d "$WORK/container.XXXXXX")
	orphan container_report "$run" "$@"
	wait_until 60 test -s "$run/status" || fail "$* does not end: $(<"$run/said")"
	cat "$run/said"
	return "$(<"$run/status")"
}

# docker UID COMMAND…: as docker run -u UID -v ROOT:/locks does.
docker() {
	local uid=$1
	shift
	container_run unshare --mount --propagation slave --pid --uts --ipc --fork --kill-child \
		sh "$WORK/container.init" "$WORK/image" "--userspec=$uid:$uid" --groups= -- "$@"
}

# podman UID COMMAND…: as that user's rootless podman run -v ROOT:/locks does: root in there is the
# user outside.
podman() {
	local uid=$1
	shift
	container_run setpriv "--reuid=$uid" "--regid=$uid" --clear-groups \
		unshare --user --map-root-user --mount --propagation slave --pid --uts --ipc --fork --kill-child \
		sh "$WORK/container.init" "$WORK/image" -- "$@"
}

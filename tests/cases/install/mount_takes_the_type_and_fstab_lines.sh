#!/bin/bash
# mount -t fuse.loktfs, a line of fstab and umount work for root; the helper is put where mount(8)
# looks for it in a mount namespace of the case's own.
. "$(dirname "$0")/../../lib/case.sh"

fuse_is_there || skip 'no /dev/fuse or no fusermount3'
[[ $(id -u) == 0 ]] || skip 'only root may mount'
unshare -m true 2>/dev/null || skip 'no mount namespace to be had'

# as it is installed: bin beside sbin, and in /sbin perhaps a link
HELPER=$WORK/usr/sbin/mount.fuse.loktfs
mkdir -p "$WORK/usr/sbin"
ln -s "$BIN" "$WORK/usr/bin"
cp "$TESTS/../cli/packaging/mount.fuse.loktfs" "$HELPER"
mkdir "$WORK/upper" "$WORK/layer" "$WORK/there"

# what fails before anything is mounted
fails_with 1 'where are the locks kept' "$HELPER" loktfs "$WORK/there"
fails_with 1 'not read-only' "$HELPER" "$ROOT" "$WORK/there" -o ro
fails_with 64 'unknown option "colour"' "$HELPER" "$ROOT" "$WORK/there" -o colour=red
"$HELPER" "$ROOT" "$WORK/there" -f -o rw,ttl=1m
[[ ! -e $ROOT ]] || fail 'a mount that is only tried makes a ROOT'

# the line that the manual shows, with a ROOT and a directory of the case's
line=$(grep -E '^/.* fuse\.loktfs ' "$TESTS/../docs/man/loktfs.8.scd")
[[ -n $line ]] || fail 'the manual shows no line'
line=${line/\/var\/lib\/loktfs\/ci/$ROOT}
echo "${line/\/srv\/locks/$WORK/there}" >"$WORK/fstab"

cat >"$WORK/inside" <<'INSIDE'
set -euo pipefail
# copies of other cases' mounts, if there are any: their daemons would outlive them
{ findmnt -rnt fuse.loktfs -o TARGET || true; } | xargs -r umount -l
mount -t tmpfs tmpfs "$WORK/layer"
mkdir "$WORK/layer/upper" "$WORK/layer/work"
mount -t overlay overlay -o "lowerdir=/usr/sbin,upperdir=$WORK/layer/upper,workdir=$WORK/layer/work" \
	/usr/sbin || exit 77
ln -s "$HELPER" /usr/sbin/mount.fuse.loktfs
ln -s mount.fuse.loktfs /usr/sbin/mount.loktfs
[[ -x /sbin/mount.fuse.loktfs ]] || exit 77
mount --bind "$WORK/fstab" /etc/fstab

echo '-- by type'
mount -t fuse.loktfs "$ROOT" "$WORK/there" -o ttl=1h,noatime,nofail
findmnt -no FSTYPE "$WORK/there"
touch "$WORK/there/a"
jq -c '[.name,.ttl_sec]' "$WORK/there/a"
touch "$WORK/there/a" 2>/dev/null || echo busy
umount "$WORK/there"
echo '-- with root='
mount -t fuse.loktfs -o "root=$ROOT,rw,x-test=1" loktfs "$WORK/there"
ls "$WORK/there"
umount "$WORK/there"
echo '-- by the short type'
mount -t loktfs "$ROOT" "$WORK/there"
rm "$WORK/there/a"
umount "$WORK/there"
echo '-- by fstab'
mount "$WORK/there"
touch "$WORK/there/b"
jq .ttl_sec "$WORK/there/b"
umount "$WORK/there"
[[ ! -e $WORK/there/b ]]
echo '-- refused'
mount -t fuse.loktfs loktfs "$WORK/there" 2>&1 || echo "status $?"
INSIDE
status=0
HELPER=$HELPER unshare -m bash "$WORK/inside" >"$WORK/said" 2>&1 || status=$?
[[ $status != 77 ]] || skip 'no overlay can be mounted here'
[[ $status == 0 ]] || fail "status $status: $(<"$WORK/said")"
diff - "$WORK/said" <<'EXPECTED' || fail 'it says something else'
-- by type
fuse.loktfs
["a",3600]
busy
-- with root=
a
-- by the short type
-- by fstab
600
-- refused
mount.fuse.loktfs: where are the locks kept? Give -o root=DIR, or DIR as the source
status 1
EXPECTED
# the daemon ends with its mount
wait_until 10 test ! -e "$ROOT/daemon" || fail 'a daemon is left behind'

#!/bin/bash
# A ROOT or a mount point of another user, or one that everybody can write to: no daemon, a word on
# why, and nothing is left in it.
. "$(dirname "$0")/../../lib/case.sh"

EXPECT_LOG='.'
fuse_is_there || skip 'no /dev/fuse or no fusermount3'
[[ $(id -u) == 0 ]] || skip 'only root can make directories of others'
chmod 755 "$WORK"
as() {
	local uid=$1
	shift
	setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"
}

# refused PART COMMAND…
refused() {
	fails_with 1 "$@"
	is_mounted "$MNT" && fail "refused, and mounted: $2"
	return 0
}

own() {
	rm -rf "$ROOT"
	mkdir -p "$MNT"
	chown -R "$1:$1" "$ROOT"
}

own 4242
before=$(find "$ROOT" | sort)
refused 'belongs to user 4242' as 4243 "$LOKTFS" -o "root=$ROOT" "$MNT"
assert_eq "$(find "$ROOT" | sort)" "$before" "what is in another user's ROOT"

for mode in 777 1777 757; do
	own 4242
	chmod "$mode" "$ROOT"
	refused 'everybody can write' as 4242 "$LOKTFS" -o "root=$ROOT" "$MNT"
	refused 'everybody can write' "$LOKTFS" -o "root=$ROOT" "$MNT"
	assert_eq "$(find "$ROOT" | sort)" "$before" "what is in a ROOT of mode $mode"
	refused 'everybody can write' env LOKT_ROOT="$ROOT" "$LOKT" lock x
done

# The directory is another's, though this user may write to it.
own 4242
mkdir "$WORK/theirs"
chown 4243 "$WORK/theirs"
chmod 777 "$WORK/theirs"
refused 'belongs to user 4243' as 4242 "$LOKTFS" -o "root=$ROOT" "$WORK/theirs"
is_mounted "$WORK/theirs" && fail 'mounted on the directory of another user'

# mnt leads elsewhere: nothing is mounted over that, empty or not.
own 0
rmdir "$MNT"
mkdir "$WORK/elsewhere"
ln -s "$WORK/elsewhere" "$MNT"
refused 'symbolic link' "$LOKTFS" -o "root=$ROOT" "$MNT"
refused 'symbolic link' env LOKT_ROOT="$ROOT" "$LOKT" lock x
is_mounted "$WORK/elsewhere" && fail 'mounted where mnt leads'
ln -sfn "$WORK/absent" "$MNT"
refused '' "$LOKTFS" -o "root=$ROOT" "$MNT"
assert not test -e "$WORK/absent"

# Group-writable is how groups share a repository.
own 4242
chmod 775 "$ROOT"
mount_fs
touch "$MNT/x"

#!/bin/bash
# What the Debian package runs after an upgrade, with another path for the programs: daemons of root
# and of another user go on as the new program, with their open descriptors; what it does not find or
# cannot change does not fail it.
# With a mount namespace of its own, so that everybody may use /dev/fuse there and nowhere else.
. "$(dirname "$0")/../../lib/own_namespace.sh"
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/users.sh"

POSTINST=$TESTS/../cli/packaging/postinst
[[ $(id -u) == 0 ]] || skip 'only root upgrades packages'
fuse_is_there || skip 'no /dev/fuse or no fusermount3'
users_make
users_may_mount
BIN_COPY=$WORK/bin
mkdir -m 755 "$BIN_COPY"
install -m 755 "$LOKTFS" "$LOKT" "$BIN_COPY"
sed "s|/usr/bin/lokt|$BIN_COPY/lokt|" "$POSTINST" >"$WORK/postinst"
LOKTFS=$BIN_COPY/loktfs LOKT=$BIN_COPY/lokt

upgrade() {
	timeout 60 sh -e "$WORK/postinst" configure 1.0.0 >"$WORK/said" 2>&1 ||
		fail "it ended with $?: $(<"$WORK/said")"
}
install_over() {
	install -m 755 "$BIN/loktfs" "$BIN_COPY/new"
	mv "$BIN_COPY/new" "$BIN_COPY/loktfs"
}
# runs_new ROOT: both of its processes do.
runs_new() {
	local pid
	for pid in $(jq '.pid, .worker' "$1/daemon"); do
		[[ /proc/$pid/exe -ef $BIN_COPY/loktfs ]] || return 1
	done
}

upgrade
assert_eq "$(<"$WORK/said")" '' 'what it says where none runs'

# a ROOT with a blank in it, of root, and one of a user, which root does not get into
mount_fs
OTHER="$WORK/the other"
mkdir "$OTHER"
chown "${USERS[0]}:${USERS[0]}" "$OTHER"
MOUNTS+=("$OTHER/mnt")
as "${USERS[0]}" env LOKT_ROOT="$OTHER" "$LOKT" mount >/dev/null || fail 'no mount for a user'
not stat "$OTHER/mnt/." 2>/dev/null || fail 'root gets into it'
exec 9>>"$MNT/held"
flock 9
kept=$(cat "$MNT/held")
upgrade
install_over
for root in "$ROOT" "$OTHER"; do
	not runs_new "$root" || fail "$root's daemon runs the new program before"
done
upgrade
assert_eq "$(<"$WORK/said")" '' 'what it says'
runs_new "$ROOT" || fail "root's daemon runs the old program"
runs_new "$OTHER" || fail "the user's daemon runs the old program"
assert_eq "$(cat "$MNT/held")" "$kept" 'the lease'
not flock -n "$MNT/held" true || fail 'it is not bound any more'

# one that cannot be told, and a program that cannot take over
install_over
install -m 755 /bin/false "$BIN_COPY/new"
mv "$BIN_COPY/new" "$BIN_COPY/loktfs"
upgrade
assert_match "$(<"$WORK/said")" "the daemon of $ROOT goes on as the old program" 'what it says'
assert_eq "$(cat "$MNT/held")" "$kept" 'the lease'
exec 9>&-
# a first installation looks for nothing
sh -e "$WORK/postinst" configure >"$WORK/said" 2>&1 || fail 'it failed'
assert_eq "$(<"$WORK/said")" '' 'what it says at the first installation'

#!/bin/bash
# Every fault is planted for real, found, named and, where one command mends it, mended by the
# command that doctor prints.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

[[ $(id -u) == 0 ]] || skip 'plants faults that only root can plant'
unshare -m true 2>/dev/null || skip 'no mount namespace to be had: no fault was planted'
cli_needs_fuse
EXPECT_LOG='repaired|damaged'
cd "$WORK"
chmod 755 "$WORK"
install -D "$LOKT" "$WORK/pub/lokt"
install "$LOKTFS" "$WORK/pub/loktfs"
PATH=$WORK/pub:$PATH LOKT=$WORK/pub/lokt LOKTFS=$WORK/pub/loktfs

# finds STATUS CHECK OK|WARN|FAIL 'regex' [WRAPPER…]: what doctor says of one thing.
finds() {
	local status=0 expected=$1 check=$2 health=$3 words=$4 line
	shift 4
	"$@" "$LOKT" doctor >"$WORK/doctor" 2>"$WORK/stderr" </dev/null || status=$?
	line=$(grep -A1 -E "^(OK|WARN|FAIL) +$check " "$WORK/doctor") || fail "no $check: $(<"$WORK/doctor")$(<"$WORK/stderr")"
	assert_match "$line" "^$health .*$words" "$check"
	assert_match "$status" "^$expected$" "status with $check: $(<"$WORK/doctor")"
	REMEDY=$(sed -n 's/^      mend it: //p' <<<"$line")
	[[ $line == OK* || -n $REMEDY ]] || fail "$check names no command"
}

mended() { # CHECK
	eval "$REMEDY" >"$WORK/out" 2>&1 || fail "'$REMEDY' failed: $(<"$WORK/out")"
	finds 0 "$1" '(OK|WARN)' ''
}

nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# Copies of other cases' mounts: their daemons would outlive them.
drop_others='{ findmnt -rnt fuse.loktfs -o TARGET | grep -v "^$ROOT" | xargs -r umount -l; }'

# in_namespace 'COMMANDS': what is mounted there is nobody else's.
in_namespace() {
	local commands=$1
	shift
	unshare -m bash -c "mount --make-rprivate / && $drop_others && $commands && exec \"\$@\"" - "$@"
}

# nothing wrong; nothing started
finds 0 mount WARN 'not mounted'
[[ ! -e $ROOT ]] || fail 'doctor makes a ROOT'
mended mount
cli_adopt
finds 0 mount OK answers
[[ $(grep -vc '^OK ' "$WORK/doctor") == 0 ]] || fail "not all is well: $(<"$WORK/doctor")"
"$LOKT" doctor --json | jq -e '.status == "ok" and (.checks | length > 8) and
	all(.checks[]; .status == "ok" and (.message | length > 0))' >/dev/null || fail 'the document'

# the machine
finds 1 kernel FAIL 'Linux 2\.6 is too old' setarch "$(uname -m)" --uname-2.6
finds 1 device FAIL 'something else' in_namespace 'mount --bind /dev/null /dev/fuse'
mkdir "$WORK/dev"
finds 1 device FAIL 'there is no' in_namespace "mount -t tmpfs none $WORK/dev &&
	mknod -m 666 $WORK/dev/null c 1 3 && mount --bind $WORK/dev /dev"
dev_lokt=$(dirname "$LOKTFS_DEV")/lokt
if [[ -x $dev_lokt ]]; then
	echo -$((EPOCHSECONDS - 1000000000)) >"$WORK/clock"
	released=$LOKT LOKT=$dev_lokt
	finds 1 clock FAIL 'says 2001-' env LOKTFS_TEST_CLOCK="$WORK/clock"
	LOKT=$released
fi

# what a user needs that root does not
mkdir "$WORK/empty" "$WORK/plain"
LOKT_ROOT=$WORK/theirs
install -d -o 65534 "$LOKT_ROOT"
finds '[01]' helper OK fusermount3 nobody
finds 1 helper FAIL 'not on PATH' nobody env PATH="$WORK/empty"
install -m 755 "$(command -v fusermount3)" "$WORK/plain/fusermount3"
finds 1 helper FAIL 'not setuid root' nobody env PATH="$WORK/plain:$PATH"
assert_match "$REMEDY" "^sudo chmod u\+s $WORK/plain/fusermount3$" 'the remedy'
finds 1 helper FAIL no_new_privs nobody setpriv --no-new-privs

# ROOT
chown 0 "$LOKT_ROOT"
finds 1 root FAIL 'not writable: Permission denied' nobody
LOKT_ROOT=$WORK/ro/lokt
mkdir "$WORK/ro"
finds 1 root FAIL 'not writable: Read-only' in_namespace "mount -t tmpfs -o ro none $WORK/ro"
LOKT_ROOT=$ROOT

# the mount: silent, dead, gone from under a plain file
kill -STOP "$(worker_pid)"
finds 1 mount FAIL 'does not answer'
mended mount
cli_adopt
kill_daemon
finds 1 mount FAIL 'is gone'
mended mount
cli_adopt
"$LOKT" umount
: >"$MNT/build"
finds 1 strays FAIL '"build" in .* plain file'
mended strays
[[ ! -e $MNT/build ]] || fail 'the stray is still there'

# the journal
printf '{"seq":1,"ts":"x"}\n' >>"$ROOT/audit.log"
finds 1 journal FAIL damaged
mended journal

# .locks that is no symlink
mkdir "$WORK/.locks"
finds 1 link FAIL 'no symlink'
rmdir "$WORK/.locks"

# a remote that is not there, one that does not answer, one that does
git init -q "$WORK/repo"
cd "$WORK/repo"
finds 0 remote OK 'no remote'
git remote add origin "$WORK/no-such.git"
finds 0 remote WARN 'cannot be reached'
git remote set-url origin ssh://nowhere.invalid/x.git
begin=$(now_us)
finds 0 remote WARN 'no answer in time' env GIT_SSH_COMMAND='sh -c "sleep 60" -'
(($(now_us) - begin < 15000000)) || fail 'it waits for a remote without limit'
git init -q --bare "$WORK/there.git"
git remote set-url origin "$WORK/there.git"
finds 0 remote OK answers
cd /

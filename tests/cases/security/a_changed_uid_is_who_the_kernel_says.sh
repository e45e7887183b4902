#!/bin/bash
# Processes that change who they are: seteuid, an inherited descriptor, setuid programs, su, user
# and pid namespaces, a chroot. Each is the uid that the kernel says, with no more rights.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/users.sh"

users_make
mount_fs allow_other
u=${USERS[0]} v=${USERS[1]}

# is_uid NAME UID
is_uid() {
	assert_eq "$(field "$1" uid)" "$2" "the uid of $1"
	assert_eq "$(stat -c %u "$MNT/$1")" "$2" "stat's uid of $1"
}

is_refused() {
	fails_with 1 'not permitted' "$@"
}

one_process_with_two_uids() {
	perl -e '
		my ($file, $u, $v) = @ARGV;
		sub be { $> = 0; $> = $_[0]; $> == $_[0] or die "seteuid: $!" }
		be($u);
		open(my $claim, ">", $file) or die "claim: $!";
		close($claim) or die "close: $!";
		be($v);
		unlink($file) and die "released as the other uid";
		$!{EPERM} or die "as the other uid: $!";
		utime(undef, time + 9999, $file) and die "set a time as the other uid";
		$> = 0;
		unlink($file) and die "released as root";
		be($u);
		unlink($file) or die "as the first uid again: $!";
	' "$MNT/two" "$u" "$v" || fail 'a process that changes its uid'
	setpriv --euid "$u" --clear-groups touch "$MNT/effective"
	is_uid effective "$u"
	is_refused rm -f "$MNT/effective"
	rm "$MNT/.lokt/force/locks/effective"
}

# Opened by one user, written by another: who writes counts.
an_inherited_descriptor() {
	touch "$MNT/mine"
	local expiry
	expiry=$(field mine expires_at)
	exec 9>>"$MNT/mine"
	is_refused as "$u" bash -c 'echo 9h >&9'
	exec 9>&-
	exec 9<>"$MNT/.lokt/request"
	as "$u" bash -c 'printf %s "{\"op\":\"release\",\"resource\":\"mine\"}" >&9' 2>/dev/null || true
	exec 9>&-
	assert_held mine
	assert_eq "$(field mine expires_at)" "$expiry" 'the expiry'
}

setuid_programs() {
	local name
	findmnt -no OPTIONS -T "$WORK" | grep -qw nosuid && return 0
	for name in touch rm cat; do
		install -m 4755 "$(command -v "$name")" "$WORK/s$name"
	done
	as "$u" env LOKT_OWNER=liar "$WORK/stouch" "$MNT/suid"
	is_uid suid 0
	is_refused as "$u" rm -f "$MNT/suid"
	is_refused as "$u" env LOKT_OWNER=liar rm -f "$MNT/.lokt/force/locks/suid"
	# it may, being root: that is what the bit says
	as "$u" "$WORK/srm" "$MNT/.lokt/force/locks/suid"
	assert_free suid
	# one of another user, as root: no party of root's
	chown "$v" "$WORK/stouch" "$WORK/srm"
	chmod 4755 "$WORK/stouch" "$WORK/srm"
	"$WORK/stouch" "$MNT/suid"
	is_uid suid "$v"
	is_refused rm -f "$MNT/suid"
	is_refused "$WORK/srm" -f "$MNT/mine"
	as "$v" rm "$MNT/.lokt/force/locks/suid"
}

through_su() {
	command -v su >/dev/null || return 0
	su -s /bin/sh "${USER_NAMES[0]}" -c "touch '$MNT/su'"
	is_uid su "$u"
	assert_eq "$(field su owner)" "${USER_NAMES[0]}" 'the owner'
	is_refused su -s /bin/sh "${USER_NAMES[1]}" -c "rm -f '$MNT/su'"
	as "$u" rm "$MNT/.lokt/force/locks/su"
}

# Root of a user namespace is its user outside.
user_namespaces() {
	as "$u" unshare -Ur true 2>/dev/null || { say 'no user namespaces here'; return 0; }
	as "$u" unshare -Ur touch "$MNT/ns"
	is_uid ns "$u"
	as "$v" touch "$MNT/theirs"
	is_refused as "$u" unshare -Ur rm -f "$MNT/theirs"
	is_refused as "$u" unshare -Ur rm -f "$MNT/.lokt/force/locks/theirs"
	is_refused as "$u" unshare -Ur rm -f "$MNT/mine"
	is_refused as "$u" unshare -Ur rm -f "$MNT/.lokt/force/locks/mine"
	as "$u" unshare -Ur rm "$MNT/.lokt/force/locks/ns"
}

# Pids are those that the daemon sees: the namespace's pid 1 is no pid 1, its /proc is not asked.
pid_namespaces() {
	unshare -pf true 2>/dev/null || { say 'no pid namespaces here'; return 0; }
	local pid
	unshare -pf --mount-proc setpriv --reuid "$u" --regid "$u" --clear-groups \
		bash -c "touch '$MNT/pidns'; read -r _ <'$WORK/go'" &
	also_kill $!
	wait_until 10 test -e "$MNT/pidns" || fail 'no claim from a pid namespace'
	is_uid pidns "$u"
	pid=$(field pidns pid)
	((pid > 1)) || fail "the pid is $pid"
	assert_eq "$(awk '/^NSpid/ { print $NF }' "/proc/$pid/status")" 1 'its pid inside'
	is_refused as "$v" rm -f "$MNT/pidns"
	is_refused unshare -pf --mount-proc rm -f "$MNT/pidns"
	echo >"$WORK/go"
	as "$u" rm "$MNT/.lokt/force/locks/pidns"
}

in_a_chroot() {
	local box
	box=$(command -v busybox) || { say 'no busybox'; return 0; }
	mkdir -p "$WORK/jail/locks" "$WORK/jail/proc"
	install -m 755 "$box" "$WORK/jail/busybox"
	chroot "$WORK/jail" /busybox true || { say 'busybox is not static'; return 0; }
	jail() {
		unshare -m bash -c 'mount --bind "$1" "$2/locks" && shift && jail=$1 && shift &&
			exec chroot --userspec="$1" "$jail" /busybox "${@:2}"' bash \
			"$MNT" "$WORK/jail" "$@"
	}
	jail "$u:$u" touch /locks/jailed
	is_uid jailed "$u"
	is_refused jail "$v:$v" rm -f /locks/jailed
	is_refused jail "$u:$u" rm -f /locks/mine
	is_refused jail "$v:$v" rm -f /locks/.lokt/force/locks/jailed
	as "$u" rm "$MNT/.lokt/force/locks/jailed"
}

mkfifo "$WORK/go"
an_inherited_descriptor
one_process_with_two_uids
setuid_programs
through_su
user_namespaces
pid_namespaces
in_a_chroot
assert_held mine

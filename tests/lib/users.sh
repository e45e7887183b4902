# shellcheck shell=bash
# Three ordinary users of the machine, made for the case and removed at its end, with names that
# some programs trip over. Sourced after case.sh; root only.

USERS=() # their uids

as() {
	local uid=$1
	shift
	setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"
}

# ask_as UID JSON: the answer of .lokt/request.
ask_as() {
	as "$1" "$FSOP" open_both "$MNT/.lokt/request" write "$2" read close
}

# A lock on the file of users is held by useradd for a moment: others may be at it, too.
users_tool() {
	wait_until 20 "$@" || fail "no success: $*"
}

user_is_gone() {
	! getent passwd "$1" >/dev/null || userdel "$1" >/dev/null 2>&1
}

users_remove() {
	local name
	for name in "${USER_NAMES[@]}"; do
		wait_until 20 user_is_gone "$name" || true
	done
}

# The case's own clean-up first: a user with a process could not be removed.
users_finish() {
	local status=$?
	trap - EXIT ERR
	set +e
	(
		(exit "$status")
		finish
	)
	status=$?
	users_remove
	exit "$status"
}

# Everybody may use /dev/fuse, in the mount namespace that the case says it has by OWN_NAMESPACE.
users_may_mount() {
	[[ -n ${OWN_NAMESPACE:-} ]] || skip 'no mount namespaces here'
	mknod -m 666 "$WORK/fuse" c 10 229
	mount --bind "$WORK/fuse" /dev/fuse
}

# Sets USERS to three uids.
users_make() {
	local name tag=$((BASHPID % 100000))
	[[ $(id -u) == 0 ]] || skip 'only root can make users'
	command -v useradd >/dev/null || skip 'no useradd'
	USER_NAMES=("a.b-$tag" "_$tag" "x${tag}yyyyyyyyyyyyyyyyyyyyyyyy")
	trap users_finish EXIT
	for name in "${USER_NAMES[@]}"; do
		users_tool useradd -M -U -s /bin/sh "$name"
		USERS+=("$(id -u "$name")")
	done
	chmod 755 "$WORK"
	# where the tree is, others may not look
	install -m 755 "$FSOP" "$WORK/fsop"
	FSOP=$WORK/fsop
}

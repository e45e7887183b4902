#!/bin/bash
# After a mount has ended in the midst of its work with git: no process of git, no lock file of git,
# no half-written object, no ref outside of refs/grite, nothing in the user's own files.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

strict_clones
busy() {
	local i
	for ((i = 0; ; i++)); do
		"$LOKT" acquire "issue:$1$i" >/dev/null || return 0
		((i % 2)) || "$LOKT" release "issue:$1$i" >/dev/null || return 0
	done 2>/dev/null
}
# state CLONE: of everything that is the user's
state() {
	at "$1" git status --porcelain
	at "$1" git for-each-ref --format='%(refname) %(objectname)' refs/heads refs/remotes refs/tags
	at "$1" find .git -maxdepth 1 ! -name lokt ! -name packed-refs -type f -printf '%f %s\n' | sort
	at "$1" find .git -name logs -prune -o -path '*/logs/*grite*' -print
	at "$1" cat .git/config
}

before=$(state a)
export LOKT_NO_AUTOSTART=1
for how in umount kill term; do
	workers=()
	for number in 1 2 3; do
		at a busy "$how$number" &
		workers+=("$!")
	done
	soon at a eval '(($(find "$MNT" -mindepth 1 | wc -l) >= 3))'
	pid=$(at a daemon_pid)
	case $how in
	umount) at a "$LOKT" umount --force >/dev/null ;;
	kill) at a kill_daemon ;;
	term) kill "$pid" ;;
	esac
	wait_until 20 not process_lives "$pid" || fail "$how: the daemon lives on"
	for worker in "${workers[@]}"; do
		wait_until 30 not process_lives "$worker" || fail "$how: a client hangs"
	done
	wait_until 15 no_stray_processes || fail "$how: left behind: $(stray_processes)"
	[[ $how == kill ]] || no_leftovers "$WORK/a/.git"
	assert_eq "$(state a)" "$before" "$how: the user's own"
	mount_clone a
done

# and all is told again, in the end
at a "$LOKT" unlock --all >/dev/null
wait_until 30 has_no_refs "$REMOTE" || fail "left on the remote: $(lock_refs "$REMOTE")"
at a assert_leases
assert_eq "$(git -C "$WORK/a" for-each-ref --format='%(refname)' | grep -vE '^refs/(heads|remotes|grite/remotes)/')" '' 'refs'
umount_clone a
umount_clone b
soon no_stray_processes
no_leftovers "$WORK/a/.git"
no_leftovers "$WORK/b/.git"
# only now: a daemon that runs may be at it, with a lock file
no_leftovers "$REMOTE"

#!/bin/bash
# slow
# Symbolic links, fifos and directories where ROOT keeps its files: each start ends with a word
# about it or does without, and what a link points at is not made, cut, written or changed.
. "$(dirname "$0")/../../lib/case.sh"

EXPECT_LOG='.' # the starts that are refused say so there
OUTSIDE=$WORK/outside
NAMES=(audit.log audit.log.tmp audit.log.1 snapshot snapshot.1.tmp daemon daemon.tmp daemon.lock
	daemon.log config config.tmp locks locks.tmp)

# Something to lose: larger than what the log is kept to, so that it would be begun anew.
fresh_outside() {
	rm -rf "$OUTSIDE"
	mkdir "$OUTSIDE"
	head -c 3000000 /dev/zero | tr '\0' 'x' >"$OUTSIDE/precious"
	chmod 640 "$OUTSIDE/precious"
}

seen_outside() {
	find "$OUTSIDE" -printf '%P %y %m %s %T@\n' | sort
}

# start_with NAME: one start and one claim on whatever ROOT holds; never hangs, never crashes.
start_with() {
	local status=0 said
	MOUNTS+=("$MNT")
	said=$(timeout 20 "$LOKTFS" -o "root=$ROOT" "$MNT" 2>&1 </dev/null) || status=$?
	if [[ $status == 0 ]]; then
		touch "$MNT/claim" || fail "$1: mounted, and claims fail"
		daemon=$(daemon_pid)
		fusermount3 -u "$MNT"
		wait_until 10 not process_lives "$daemon" || fail "$1: the daemon stays"
		return 0
	fi
	((status < 124)) || fail "$1: the start ended with $status: $said"
	[[ $said == *"${1%.tmp}"* ]] || fail "$1: refused without naming it: $said"
	[[ $said != *'Too many levels'* ]] || fail "$1: says '$said'"
	is_mounted "$MNT" && fail "$1: refused, and mounted"
	return 0
}

fresh_root() {
	rm -rf "$ROOT"
	mkdir -p "$MNT"
}

links_lead_nowhere() {
	local name target before
	for name in "${NAMES[@]}"; do
		for target in precious absent; do
			fresh_root
			ln -s "$OUTSIDE/$target" "$ROOT/$name"
			before=$(seen_outside)
			start_with "${name%%.[0-9]*}"
			assert_eq "$(seen_outside)" "$before" "outside, with $name -> $target"
		done
	done
}

others_do_not_hang_it() {
	local name
	for name in "${NAMES[@]}"; do
		fresh_root
		mkfifo "$ROOT/$name"
		start_with "${name%%.[0-9]*}"
		fresh_root
		mkdir "$ROOT/$name"
		start_with "${name%%.[0-9]*}"
	done
}

# A second name of a file that is somebody's: what is only a temporary of ours must not cut it.
second_names_are_not_cut() {
	local name before
	for name in audit.log.tmp snapshot.1.tmp daemon.tmp config.tmp locks.tmp; do
		fresh_root
		ln "$OUTSIDE/precious" "$ROOT/$name"
		before=$(sha256sum <"$OUTSIDE/precious")
		start_with "$name"
		assert_eq "$(sha256sum <"$OUTSIDE/precious")" "$before" "the file behind $name"
	done
}

fuse_is_there || skip 'no /dev/fuse or no fusermount3'
fresh_outside
links_lead_nowhere
others_do_not_hang_it
second_names_are_not_cut

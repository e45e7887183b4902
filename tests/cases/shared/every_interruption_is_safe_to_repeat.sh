#!/bin/bash
# slow
# The daemon is killed before and after each process of git that a claim, a renewal, a release and
# a sync run, and git itself is killed there. After the next start a lease stands here and on the
# remote or in neither place, what was granted stands, and the same command done again works.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"
EXPECT_LOG='git|remote'
export LOKT_NO_AUTOSTART=1

# A git that ends the daemon or itself when it is called for the time that $WORK/at says.
mkdir "$WORK/deadly"
cat >"$WORK/deadly/git" <<DEADLY
#!/bin/bash
git=$(command -v git)
read -r wanted how <"$WORK/at" || exec "\$git" "\$@"
[[ \$(<"/proc/\$PPID/comm") == loktfs* ]] || exec "\$git" "\$@"
exec 9>"$WORK/at.lock"
flock 9
count=\$((\$(<"$WORK/count") + 1))
echo "\$count" >"$WORK/count"
exec 9>&-
[[ \$count == "\$wanted" ]] || exec "\$git" "\$@"
case \$how in
before) kill -9 "\$PPID" ;;
itself) kill -9 \$\$ ;;
after) "\$git" "\$@"; kill -9 "\$PPID" ;;
esac
DEADLY
chmod +x "$WORK/deadly/git"
: >"$WORK/at"
echo 0 >"$WORK/count"
ORDINARY=$PATH
make_remote
make_clone a

start() {
	PATH=$WORK/deadly:$ORDINARY mount_clone a "$OPTIONS"
}

is_alive() {
	process_lives "$(daemon_pid)" && [[ -e $MNT/.lokt ]]
}

has_counted() {
	(($(<"$WORK/count") >= $1))
}

# deadly N HOW COMMAND…: its status is in $status
deadly() {
	echo 0 >"$WORK/count"
	echo "$1 $2" >"$WORK/at"
	status=0
	at a "${@:3}" >"$WORK/said" 2>"$WORK/err" || status=$?
}

# What was started for it may be under way yet.
revive() {
	wait_until "${2:-0}" has_counted "$1" || true
	: >"$WORK/at"
	nap 0.05
	at a is_alive || start
}

# Held here and on the remote by one id, or nowhere.
together() {
	local id
	if id=$(at a lock_id "$1" 2>/dev/null); then
		is_mirrored "$REMOTE" "$1" "$id" && is_mirrored "$WORK/a" "$1" "$id"
	else
		not has_ref "$REMOTE" "$1" && not has_ref "$WORK/a" "$1"
	fi
}

agree() {
	wait_until 20 together "$1" ||
		fail "$WHERE: here $(at a eval 'ls "$MNT"') $(lock_refs "$WORK/a"), there $(lock_refs "$REMOTE")"
}

again() {
	wait_until 20 at a "$LOKT" "$@" >/dev/null || fail "$WHERE: lokt $* cannot be repeated"
}

free_at_first() {
	if at a is_held issue:1; then again release issue:1; fi
	agree issue:1
}
held_at_first() {
	at a is_held issue:1 || again acquire issue:1
	agree issue:1
}

claim_until() {
	free_at_first
	deadly "$@" "$LOKT" acquire issue:1 --json
	revive "$1"
	[[ $status != 0 ]] || at a holds "$(jq -r .data.lock.nonce "$WORK/said")" issue:1 ||
		fail "$WHERE: granted, and not held"
	agree issue:1
	at a is_held issue:1 || again acquire issue:1
	agree issue:1
}

same_expiry() {
	[[ $(at a field issue:1 expires_unix_ms) == "$(ref_field "$REMOTE" issue:1 expires_unix_ms)" ]]
}
renew_until() {
	held_at_first
	deadly "$@" "$LOKT" renew --resource issue:1 --ttl 1h
	revive "$1" 1
	at a is_held issue:1 || fail "$WHERE: a renewal has ended the lease"
	again renew --resource issue:1 --ttl 2h
	wait_until 20 same_expiry || fail "$WHERE: the renewal is not told"
}

release_until() {
	held_at_first
	deadly "$@" "$LOKT" release issue:1
	revive "$1" 1
	[[ $status != 0 ]] || at a not is_held issue:1 || fail "$WHERE: released, and held again"
	if at a is_held issue:1; then again release issue:1; fi
	agree issue:1
}

# One to be told, one to be released, one to be heard of, one to be lost.
sync_until() {
	local id theirs
	again sync
	at a claim issue:told
	at a claim issue:lost
	put_lock "$REMOTE" issue:heard "$(in_ms 600000)" "$(new_id)"
	theirs=$(new_id)
	put_lock "$REMOTE" issue:lost "$(in_ms 600000)" "$theirs"
	id=$(at a lock_id issue:told)
	if at a is_held issue:dropped; then at a release issue:dropped; fi
	deadly "$@" "$LOKT" sync
	revive "$1"
	again sync
	at a holds "$id" issue:told || fail "$WHERE: a lease has ended"
	is_mirrored "$REMOTE" issue:told "$id" || fail "$WHERE: not told"
	at a holds "$theirs" issue:lost || fail "$WHERE: not lost"
	is_mirrored "$REMOTE" issue:lost "$theirs" || fail "$WHERE: another's lock was overwritten"
	at a is_held issue:heard || fail "$WHERE: not heard of"
	not has_ref "$REMOTE" issue:dropped || fail "$WHERE: the release is not told"
	at a release issue:told
	at a claim issue:dropped
	drop_ref "$REMOTE" issue:heard
	drop_ref "$REMOTE" issue:lost
	again sync
	at a not is_held issue:lost || fail "$WHERE: it does not hear of a release"
}

# each_point COMMAND: until it runs fewer processes than that
each_point() {
	local n how
	for how in before after itself; do
		for ((n = 1; n <= 20; n++)); do
			WHERE="$1, git process $n, killed $how"
			"$1" "$n" "$how"
			has_counted "$n" || break
		done
		say "$1: killed $how: $((n - 1)) points"
		((n > 1)) || fail 'it runs no git'
	done
}

OPTIONS=remote=origin,shared=strict,interval=1s
start
each_point claim_until
each_point renew_until
each_point release_until
umount_clone a
OPTIONS=remote=origin,shared=off
start
each_point sync_until

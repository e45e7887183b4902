#!/bin/bash
# slow
# strict, and the clock of one machine is 3 s ahead of the other's, within the skew of 5 s: whoever
# holds, a lease that runs out is taken over only after it has ended where it is held.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"
EXPECT_LOG='git|remote'
[[ -x $LOKTFS_DEV ]] || skip 'no dev build'
LOKT=$(dirname "$LOKTFS_DEV")/lokt # which starts the daemon beside it

make_remote
echo 3 >"$WORK/ahead"
make_clone a
make_clone b
mount_clone a remote=origin,shared=strict,interval=1s,skew=5s
LOKTFS_TEST_CLOCK=$WORK/ahead mount_clone b remote=origin,shared=strict,interval=1s,skew=5s
at b touch "$WORK/b/.git/lokt/mnt/issue:clock"
by_clock=$(($(at b field issue:clock expires_unix_ms) - $(in_ms 300000)))
((by_clock > 2000 && by_clock < 4000)) || fail "the clock of b is $by_clock ms ahead"
at b release issue:clock

# goes_over HOLDER OTHER RESOURCE: its lease of 4 s is over before the other one gets it. The holder
# cannot tell of its end, so that the other has to go by the clock.
goes_over() {
	local id until lost=0
	at "$1" bash -c "echo 4s >\"\$MNT/$3\""
	id=$(at "$1" lock_id "$3")
	is_mirrored "$REMOTE" "$3" "$id" || fail "$1 holds what is not on the remote"
	is_short() {
		until=$(ref_field "$REMOTE" "$3" expires_unix_ms)
		((until < $(in_ms 20000)))
	}
	soon is_short "$@"
	git -C "$WORK/$1" config remote.origin.receivepack false
	until at "$2" claims "$3"; do
		(($(in_ms 0) < until + 20000)) || fail "$2 never gets what $1 held"
		[[ $lost != 0 ]] || at "$1" holds "$id" "$3" 2>/dev/null || lost=$(now_us)
		nap 0.1
	done
	not at "$1" holds "$id" "$3" 2>/dev/null || fail "$2 has taken it from $1, which holds it"
	[[ $lost != 0 ]] || fail "$2 had it before $1 was seen to have lost it"
	is_mirrored "$REMOTE" "$3" "$(at "$2" lock_id "$3")" || fail "$2 holds what is not on the remote"
	say "from $1 to $2 after $((($(now_us) - lost) / 1000)) ms"
	git -C "$WORK/$1" config --unset remote.origin.receivepack
	at "$2" release "$3"
}
goes_over a b issue:1
goes_over b a issue:2

# renewed in time, it is not taken over at all
at a bash -c 'echo 4s >"$MNT/issue:3"'
id=$(at a lock_id issue:3)
for i in {1..12}; do
	at a "$LOKT" renew issue:3 >/dev/null || fail "renewal $i ended with $?"
	not at b claims issue:3 || fail "$i: taken over from a living lease"
	nap 0.7
done
at a holds "$id" issue:3
at a release issue:3
wait_until 20 has_no_refs "$REMOTE" || fail "left on the remote: $(lock_refs "$REMOTE")"

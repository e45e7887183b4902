#!/bin/bash
# The kernel has been told of a name, held or free; then the name changes in each way that does not
# come through its own entry. The very next look must see it, also through ROOT/locks.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

metric() {
	awk -v name="$1" '$1 == name {print $2}' "$MNT/.lokt/metrics"
}

# As often as it takes for the kernel to answer by itself.
learn() {
	local name
	for name; do
		[[ -e $MNT/$name ]] || true
		[[ -e $ROOT/locks/$name ]] || true
		stat "$MNT/$name" >/dev/null 2>&1 || true
	done
}

assert_seen() { # held|free NAME
	if [[ $1 == held ]]; then
		[[ -e $MNT/$2 && -e $ROOT/locks/$2 ]] || fail "$2 is held, and is not seen"
	else
		[[ ! -e $MNT/$2 && ! -e $ROOT/locks/$2 ]] || fail "$2 is free, and is seen"
	fi
}

mtime() {
	stat -c %Y "$MNT/$1"
}

mount_fs durability=os
[[ -n $(metric loktfs_cache_forgotten) ]] || skip 'mounted with cache=off'
touch "$MNT/probe"
learn probe nobody
before=$(metric loktfs_requests)
for ((i = 0; i < 200; i++)); do
	[[ -e $MNT/probe && ! -e $MNT/nobody && -e $ROOT/locks/probe ]] || fail 'seen wrongly'
done
asked=$(($(metric loktfs_requests) - before))
((asked < 200)) || skip "this kernel ($(uname -r)) cannot be made to forget: nothing is remembered"
say "600 looks, $asked requests"

# a claim and an end through the request file
learn x
lokt lock x --ttl 1h
assert_seen held x
learn x
lokt unlock x
assert_seen free x

# several at once
learn a b c
touch "$MNT/a" "$MNT/b" "$MNT/c"
learn a b c
lokt unlock --all
for name in a b c probe; do
	assert_seen free "$name"
done

# force, and what is forced by the name of another directory
touch "$MNT/x"
learn x
rm "$MNT/.lokt/force/locks/x"
assert_seen free x

# what a process held
sleep 1000 &
holder=$!
also_kill "$holder"
lokt lock --pid "$holder" x
learn x
kill -9 "$holder"
wait_until 10 test ! -e "$MNT/x" || fail 'the holder is dead, and its lock is seen'
assert_seen free x

# and nobody who has waited for that process may see it
for ((i = 0; i < 30; i++)); do
	sleep 1000 &
	holder=$!
	echo "{\"pid\":$holder}" >"$MNT/x"
	learn x
	kill -9 "$holder"
	wait "$holder" 2>/dev/null || true
	assert_seen free x
done

# flock(1) on a name that was free, and from one to the next
learn x
flock "$MNT/x" sh -c '[ -e "$0" ]' "$MNT/x" || fail 'flock holds what is not seen'
assert_seen free x
flock "$MNT/x" sleep 0.3 &
wait_until 10 test -e "$MNT/x" || fail 'flock does not hold'
first=$(stat -c %i "$MNT/x")
second=$(flock "$MNT/x" stat -c %i "$MNT/x")
((second > first)) || fail "the next holder sees token $second, the last one's was $first"
wait $!
assert_seen free x

# times: longer, shorter, by whoever may
touch "$MNT/x"
learn x
exec {fd}<"$MNT/x"
before=$(mtime x)
touch -d '+2 hours' "$MNT/.lokt/renew/x"
(($(mtime x) > before + 3600)) || fail "renewed to +2 h, and stat says $(mtime x) after $before"
(($(stat -L -c %Y "/dev/fd/$fd") > before + 3600)) || fail 'fstat says the old time'
learn x
echo 1s >>"$MNT/x"
wait_until 5 test ! -e "$MNT/x" || fail 'shortened to 1 s, and seen for 5'
exec {fd}<&-

# a claim that is taken back by its own maker
learn y
{ echo nonsense >"$MNT/y"; } 2>/dev/null && fail 'nonsense was taken'
assert_seen free y

# another worker
touch "$MNT/x"
learn x z
kill_worker
lokt unlock x
assert_seen free x
lokt lock z
assert_seen held z

# a dead mount; that access(2) is not asked for, the kernel has to have learnt as well
learn z nobody
lokt exists z
kill_daemon
[[ -e $MNT/z ]] || fail "the kernel has forgotten z: the next lines test nothing"
LOKT_NO_AUTOSTART=1 fails_with 1 'cannot tell' lokt exists z
LOKT_NO_AUTOSTART=1 fails_with 1 'cannot tell' lokt exists nobody

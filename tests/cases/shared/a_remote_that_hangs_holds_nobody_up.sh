#!/bin/bash
# slow 90
# strict, and the remote takes the call and never answers: claims end in time, local names wait
# for one claim at most, looking waits for nobody, and the hanging processes are ended.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"
EXPECT_LOG='git|remote'

cat >"$WORK/hang" <<HANG
#!/bin/bash
echo x >>"$WORK/hangs"
exec sleep 1000
HANG
chmod +x "$WORK/hang"
make_remote
make_clone a
mount_clone a remote=origin,shared=strict,interval=1s,strict_wait=2s
at a claim issue:held
at a claim present
git -C "$WORK/a" config remote.origin.uploadpack "$WORK/hang"
git -C "$WORK/a" config remote.origin.receivepack "$WORK/hang"

took=$(at a took_ms claim issue:1)
assert_eq "$(<"$WORK/status")" 1 "touch's status"
assert_match "$(<"$WORK/stderr")" 'No route to host' 'what touch says'
((took < 3000)) || fail "touch took $took ms"
at a assert_free issue:1
grep -q . "$WORK/hangs" || fail 'nothing hung'

# claims one after the other, in the background
hanging() {
	while :; do
		claims issue:1 && say 'a claim without an answer was granted' >>"$WORK/faults"
		say x >>"$WORK/tries"
	done
}
at a hanging &
hanging=$!
also_kill "$hanging"

# slowest WHAT COMMAND…: of eight. Each may find one hanging claim in the directory before it.
slowest() {
	local what=$1 took most=0 i
	shift
	for i in {1..8}; do
		took=$(took_ms "${@//NUMBER/$i}")
		((took <= most)) || most=$took
	done
	say "$what: $most ms at most"
	((most < 2500)) || fail "$what takes $most ms while a claim waits for the remote"
}
at a slowest 'touch of a local name' claim localNUMBER
at a slowest 'rm of a local name' release localNUMBER
at a assert_leases issue:held present
at a slowest '[ -e held ]' is_held present
at a slowest '[ -e free ]' is_held absent
at a slowest 'lokt status' "$LOKT" status
kill -9 "$hanging"
at a claims after || fail 'the last claim still hangs' # which waits for the one under way
at a release after
[[ ! -e $WORK/faults ]] || fail "$(head -n 1 "$WORK/faults")"

# through lokt, which does not lock the directory, nobody waits at all
for i in {1..5}; do
	at a "$LOKT" acquire "issue:$i" >"$WORK/acquire.$i" 2>&1 &
	acquires[i]=$!
done
pair() {
	touch "$MNT/local" && rm "$MNT/local"
}
nap 0.3
slow=0
for i in {1..20}; do
	took=$(at a took_ms pair)
	assert_eq "$(<"$WORK/status")" 0 'touch and rm of a local name'
	((took <= slow)) || slow=$took
done
say "touch and rm of a local name beside lokt acquire: $slow ms at most"
((slow < 1000)) || fail "touch and rm take $slow ms while lokt acquire waits"
for i in {1..5}; do
	status=0
	wait_until 60 not process_lives "${acquires[i]}" || fail 'lokt acquire waits for ever'
	wait "${acquires[i]}" || status=$?
	assert_eq "$status" 1 "lokt acquire's status"
	assert_match "$(<"$WORK/acquire.$i")" 'remote' 'what lokt acquire says'
done
took=$(at a took_ms "$LOKT" sync)
assert_eq "$(<"$WORK/status")" 1 "lokt sync's status"
((took < 65000)) || fail "lokt sync took $took ms"

# the remote answers again: everything goes on
git -C "$WORK/a" config --unset remote.origin.uploadpack
git -C "$WORK/a" config --unset remote.origin.receivepack
wait_until 30 at a claims issue:1 || fail 'the remote is back, and still refused'
at a holds "$(ref_field "$REMOTE" issue:held nonce)" issue:held
at a release issue:1
at a release issue:held
wait_until 30 has_no_refs "$REMOTE" || fail "left on the remote: $(lock_refs "$REMOTE")"

# and at an end in the middle of it nothing runs on
git -C "$WORK/a" config remote.origin.uploadpack "$WORK/hang"
git -C "$WORK/a" config remote.origin.receivepack "$WORK/hang"
: >"$WORK/hangs"
at a claims issue:2 &
soon test -s "$WORK/hangs"
[[ -n $(stray_processes) ]] || fail 'this case cannot see what hangs'
wait $! || true
umount_clone a
soon no_stray_processes

#!/bin/bash
# strict: a shorter expiry has come to the remote, but its answer was lost and the remote cannot be
# asked again. A renewal that it never hears of does not keep the lease past the end that others
# see there.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"
EXPECT_LOG='git|remote'

strict_clones skew=0s
at a claim issue:1
long=$(ref_field "$REMOTE" issue:1 expires_unix_ms)

# the server ends without a word once the ref has moved, and then a cannot reach it at all
cat >"$WORK/falls_silent" <<END
#!/bin/bash
exec git receive-pack "\$@"
END
cat >"$REMOTE/hooks/post-receive" <<END
#!/bin/bash
[[ -e $WORK/silent ]] || exit 0
echo "exit 1" >"$WORK/falls_silent"
kill -9 \$PPID
END
chmod +x "$WORK/falls_silent" "$REMOTE/hooks/post-receive"
git -C "$WORK/a" config remote.origin.receivepack "$WORK/falls_silent"
git -C "$WORK/a" config remote.origin.uploadpack false
: >"$WORK/silent"
at a bash -c 'echo 8s >>"$MNT/issue:1"'
shortened() {
	expiry=$(ref_field "$REMOTE" issue:1 expires_unix_ms)
	((expiry < long - 60000))
}
soon shortened
rm "$WORK/silent"
not grep -q receive-pack "$WORK/falls_silent" || fail 'the answer was not lost'
at a "$LOKT" renew issue:1 --ttl 1h >"$WORK/said" 2>&1 &
renewal=$!
at a is_held issue:1

in_time() {
	(($(in_ms 0) < expiry))
}
while in_time && not at b claims issue:1; do
	nap 0.2
done
not in_time || fail 'taken over from a living lease'
wait_until 5 at a not is_held issue:1 || fail "held past what the remote knows: $(<"$WORK/said")"
status=0
wait "$renewal" || status=$?
assert_eq "$status" 3 "the status of a renewal that the lease does not outlive: $(<"$WORK/said")"
is_with_b() {
	[[ $(at b field issue:1 host) == host-b ]] || at b claims issue:1
}
wait_until 10 is_with_b || fail 'an expired lock is never taken over'
at a not is_held issue:1

#!/bin/bash
# --ttl 2s around a command of 7 s: never acquirable meanwhile, and no TTL is left behind.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"

guard_starts x --ttl 2s -- bash -c "touch $WORK/begun; sleep 7; touch $WORK/done"
assert_eq "$(field x ttl_sec)" 2 ttl_sec
tries=0
while [[ ! -e $WORK/done ]]; do
	tries=$((tries + 1))
	if touch "$MNT/x" 2>/dev/null && [[ ! -e $WORK/done ]]; then fail 'acquired meanwhile'; fi
	nap 0.01
done
ends_with 0
((tries > 100)) || fail "only $tries tries"
rm -f "$MNT/x"
renewals=$(grep -c '"event":"renew"' "$ROOT/audit.log" || true)
((renewals >= 5 && renewals <= 12)) || fail "$renewals renewals in 7 s, expected about 7"

#!/bin/bash
# slow. Six callers, two slots: two at a time, each in a slot of its own, and all get through.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

# The five seconds between two tries would be most of this case.
quick_sleep() {
	printf '#!/bin/sh\nexec /bin/sleep 0.05\n' >"$WORK/bin/sleep"
	chmod +x "$WORK/bin/sleep"
}

says_busy() {
	grep -qs 'All API slots busy, retrying' "$WORK/out.$1" "$WORK/agent.$PARTY.$1/stdout"
}

round() {
	local n
	gate_shut
	begins 1 ./scripts/call-api.sh
	begun 1 'curl -X POST https://api.example.com/\.\.\.$'
	assert_leases api-slot-1
	begins 2 ./scripts/call-api.sh
	begun 2 'curl'
	assert_leases api-slot-1 api-slot-2
	assert_eq "$(field api-slot-2 ttl_sec)" 30 'the TTL of a slot'
	for n in 3 4 5 6; do
		begins "$n" ./scripts/call-api.sh
		wait_until 10 says_busy "$n" || fail "worker $n does not say that it retries"
	done
	ran 2 'curl'
	gate_open
	for n in 1 2 3 4 5 6; do
		ends 0 "$n"
	done
	ran 6 'curl'
	at_once 2 'curl'
	assert_leases
	fails 'curl'
	gets 9 1 ./scripts/call-api.sh
	assert_leases
}

WORKERS=6
seed_start
quick_sleep
snippet_script scripts/call-api.sh 'Resource Pool'
as_each_party round

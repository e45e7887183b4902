#!/bin/bash
# All callers fail fast, the freezer and those who wait too; who is running may end.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

round() {
	local lines
	mapfile -t lines < <(snippet_commands 'Freeze for Maintenance')
	assert_eq "${#lines[@]}" 2 'the number of commands'
	gate_shut
	begins 1 ./scripts/migrate.sh
	begun 1 '_migrate-impl.sh'
	begins 2 'lokt guard db-migrate --wait --timeout 1m -- ./scripts/_migrate-impl.sh waited'
	wait_until 10 grep -q pid "$MNT/.lokt/queue/db-migrate" || fail 'worker 2 does not wait'
	gets 0 3 "${lines[0]}"
	ends 2 2
	gate_open
	ends 0 1
	assert_free db-migrate
	for n in 1 2 3; do
		gets 2 "$n" ./scripts/migrate.sh
		complained "$n" 'frozen'
		gets 2 "$n" 'lokt guard db-migrate --wait -- ./scripts/_migrate-impl.sh waited'
	done
	ran 1 '_migrate-impl.sh'
	gets 0 1 'lokt guard other -- true'
	if [[ $PARTY == distinct || $PARTY-$HOW == default-agent ]]; then
		gets 4 1 "${lines[1]}"
		gets 2 1 ./scripts/migrate.sh
	fi
	gets 0 3 "${lines[1]}"
	gets 0 1 ./scripts/migrate.sh
	gets 3 3 "${lines[1]}"
	ran 2 '_migrate-impl.sh$'
	at_once 1 '_migrate-impl.sh'
}

seed_start
stub scripts/_migrate-impl.sh
snippet_script scripts/migrate.sh 'Guarded Wrappers' 2
as_each_party round

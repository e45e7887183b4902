#!/bin/bash
# Of jobs that run at once one deploys, the others say so and succeed; later ones deploy.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

round() {
	gate_shut
	for n in 1 2 3 4; do
		begins "$n" ./.github/scripts/deploy.sh
	done
	begun 1 'do-deploy.sh'
	winner=$(sed -n 's/^begin [0-9]* \([0-9]\) .*/\1/p' "$RUNS")
	for n in 1 2 3 4; do
		[[ $n != "$winner" ]] || continue
		ends 0 "$n"
		assert_eq "$(<"$WORK/out.$n")" 'Another deployment running, skipping this job'
	done
	assert_held deploy
	gate_open
	ends 0 "$winner"
	assert_free deploy
	gets 0 1 ./.github/scripts/deploy.sh
	ran 2 'do-deploy.sh'
	fails 'do-deploy'
	gets 9 2 ./.github/scripts/deploy.sh
	at_once 1 'do-deploy.sh'
	assert_leases
}

WORKERS=4
seed_start
stub scripts/do-deploy.sh
mkdir -p .github/scripts
snippet_script .github/scripts/deploy.sh 'CI/CD: Graceful Skip'
as_each_party round

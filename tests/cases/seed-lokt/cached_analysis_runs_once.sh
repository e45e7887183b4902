#!/bin/bash
# The first agent lints, those that come meanwhile are refused, those that come later skip.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

round() {
	new_commit
	gate_shut
	begins 1 ./scripts/lint.sh
	begun 1 'golangci-lint run$'
	assert_leases lint
	begins 2 'lokt guard lint -- golangci-lint twice'
	ends 2 2
	ran 1 'golangci-lint'
	gate_open
	ends 0 1
	assert_leases "lint-$COMMIT"
	for n in 1 2 3; do
		gets 0 "$n" ./scripts/lint.sh
		assert_eq "$(<"$WORK/out.$n")" 'Already linted'
	done
	ran 1 'golangci-lint'
	new_commit
	for n in 1 2 3; do
		begins "$n" ./scripts/lint.sh
	done
	for n in 1 2 3; do
		wait "${BACKGROUND[n]}" || true
	done
	at_once 1 'golangci-lint'
	assert_leases "lint-$COMMIT" "lint-$(git rev-parse HEAD~)"
}

seed_start
snippet_script scripts/lint.sh 'Cached Analysis'
as_each_party round

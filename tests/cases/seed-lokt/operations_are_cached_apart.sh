#!/bin/bash
# Each runs once a commit; what failed is not taken for done; commands may have a shell each.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

# all_of N: the snippet as one script or its lines in fresh shells
all_of() {
	local line
	if [[ $HOW == script ]]; then
		worker "$1" ./cached.sh || true
		return
	fi
	while read -r line; do
		worker "$1" "COMMIT=$COMMIT; $line" || true
	done < <(snippet_commands 'Multi-Operation Caching' | grep '^lokt')
}

round() {
	new_commit
	fails '^golangci-lint'
	all_of 1
	ran 1 'go fmt ./\.\.\.$'
	ran 1 'golangci-lint run$'
	ran 1 'go test ./\.\.\.$'
	assert_leases "fmt-$COMMIT" "test-$COMMIT"
	rm "$WORK/fails"
	all_of 2
	ran 2 'golangci-lint run$'
	ran 4 ''
	assert_leases "fmt-$COMMIT" "lint-$COMMIT" "test-$COMMIT"
	assert_eq "$(field "lint-$COMMIT" ttl_sec)" 86400 'the TTL of a marker'
	all_of 3
	all_of 1
	ran 4 ''
	new_commit
	all_of 1
	ran 7 ''
}

seed_start
snippet_script cached.sh 'Multi-Operation Caching'
as_each_party round

#!/bin/bash
# Each script and lock name of the table: wrapped with that name, it runs once at a time.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

# A cell may go on after the name: lint + cache.
round() {
	local script cell name scripts=0
	while IFS=$'\t' read -r script cell _; do
		scripts=$((scripts + 1))
		name=${cell%% *}
		printf '#!/bin/sh\nexec lokt guard %s -- ./scripts/_impl "$0"\n' "$name" >"scripts/$script"
		chmod +x "scripts/$script"
		gate_shut
		begins 1 "./scripts/$script"
		begun 1 "_impl ./scripts/$script"
		assert_leases "$name"
		gets 2 2 "./scripts/$script"
		gate_open
		ends 0 1
		ran 1 "_impl ./scripts/$script"
		assert_leases
	done < <(seed_table 'Common Wrappers')
	assert_eq "$scripts" 6 'the number of scripts'
}

seed_start
stub scripts/_impl
as_each_party round

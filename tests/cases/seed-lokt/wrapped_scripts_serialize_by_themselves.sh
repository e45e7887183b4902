#!/bin/bash
# slow. Who calls deploy, migrate or build knows nothing of locks, and none runs twice at once.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

# Three different ones may run side by side; of each, a second is refused and does nothing.
each_is_exclusive() {
	gate_shut
	begins 1 './scripts/deploy.sh prod "two words" "" "a*b"'
	begins 2 ./scripts/migrate.sh
	begins 3 ./scripts/build.sh
	begun 1 '_deploy-impl.sh prod two words  a\*b$'
	begun 1 '_migrate-impl.sh$'
	begun 1 'go build -o bin/app ./cmd/app$'
	assert_leases deploy db-migrate build
	for n in deploy migrate build; do
		gets 2 4 "./scripts/$n.sh"
	done
	gate_open
	for n in 1 2 3; do
		ends 0 "$n"
	done
	ran 3 ''
	assert_leases
}

# arguments arrive as they were given: four of them
arguments_arrive() {
	gets 0 1 './scripts/count.sh prod "two words" "" "a*b"'
	assert_eq "$(<"$WORK/out.1")" 4 'the number of arguments'
}

round() {
	each_is_exclusive
	arguments_arrive
	fails '_migrate'
	gets 9 1 ./scripts/migrate.sh
	rm "$WORK/fails"
	for n in 1 2 3 4; do
		begins "$n" 'for i in 1 2; do until ./scripts/deploy.sh $i; do sleep 0.02; done; done'
	done
	for n in 1 2 3 4; do
		ends 0 "$n"
	done
	ran 9 '_deploy-impl.sh'
	at_once 1 '_deploy-impl.sh'
	assert_leases
}

WORKERS=4
seed_start
stub scripts/_deploy-impl.sh scripts/_migrate-impl.sh
snippet_script scripts/deploy.sh 'Guarded Wrappers' 1
snippet_script scripts/migrate.sh 'Guarded Wrappers' 2
snippet_script scripts/build.sh 'Guarded Wrappers' 3
sed 's,_deploy-impl,_count,' scripts/deploy.sh >scripts/count.sh
printf '#!/bin/sh\necho $#\n' >scripts/_count.sh
chmod +x scripts/count.sh scripts/_count.sh
as_each_party round

#!/bin/bash
# Every row: its command run with a name in place of <name>, and what the row calls it.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

filled_in() {
	sed 's/<name>/x/; s/<duration>/24h/; s/<cmd>/go run/; s/<task>/go/g; s/<N>/3/; s/<commit>/abc/' \
		<<<"$1"
}

exclusive() {
	gate_shut
	begins 1 "$1"
	begun 1 'go run'
	gets 2 2 "$1"
	gate_open
	ends 0 1
	ran 1 'go run'
	assert_free x
}

cached() {
	gets 0 1 "$1; echo went on"
	said 1 'went on'
	gets 0 2 'lokt lock x'
	gets 0 1 "$1; echo went on"
	assert_eq "$(<"$WORK/out.1")" ''
	gets 0 2 'lokt unlock x'
}

marked() {
	gets 0 1 "$1"
	assert_eq "$(field x ttl_sec)" 86400 'the TTL'
	gets 0 2 'lokt exists x'
	gets 0 1 'lokt unlock x'
}

named() {
	local name
	for name in ${1/ or / }; do
		gets 0 1 "lokt lock $name"
		assert_held "$name"
		gets 0 1 "lokt unlock $name"
	done
}

skipped() {
	assert_eq "$1" 'Check exit code 2, exit 0' 'the row'
	gets 0 1 'lokt lock x'
	gets 0 2 'lokt guard x -- go run; [ $? = 2 ] && exit 0; exit 1'
	gets 0 1 'lokt unlock x'
	ran 1 'go run'
}

# Set before it is known who wins, it still removes no other party's lock.
cleaned_up() {
	gets 0 1 "$1; lokt lock x"
	assert_free x
	gate_shut
	begins 1 "$1; lokt lock x || exit; go wait"
	begun 1 'go wait'
	if [[ $PARTY != shared ]]; then
		gets 2 2 "$1; lokt lock x || exit"
		assert_held x
	fi
	gate_open
	ends 0 1
	assert_free x
}

round() {
	local pattern command rows=0
	while IFS=$'\t' read -r pattern command; do
		rows=$((rows + 1))
		command=$(filled_in "$command")
		case $pattern in
		'Exclusive execution') exclusive "$command" ;;
		'Check if cached') cached "$command" ;;
		'Mark as done') marked "$command" ;;
		'Shard naming') named "$command" ;;
		'CI graceful skip') skipped "$command" ;;
		'Cleanup on exit') cleaned_up "$command" ;;
		*) fail "the table has a row '$pattern'" ;;
		esac
	done < <(seed_table 'Quick Reference')
	assert_eq "$rows" 6 'the number of rows'
	assert_leases
}

seed_start
as_each_party round

#!/bin/bash
# slow. Each lokt command of the document with its name and options in every order.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/seed.sh"

# Verb and arguments of each command in the bash blocks, one a line, tab between; any name is x.
documented_commands() {
	awk '
		/^```/ { inside = !inside && $0 == "```bash"; next }
		inside && !/^#/ {
			gsub(/[;|&>]/, " & ")
			for (i = 1; i < NF; i++) {
				if ($i !~ /(^|[^a-z])lokt$/ || $(i + 1) !~ /^[a-z]+$/) continue
				line = $(i + 1)
				if ($(j = i + 2) !~ /^--/) { line = line "\tx"; j++ }
				for (; $j ~ /^--[a-z]/; j++) {
					line = line "\t" $j
					if ($j ~ /^--(ttl|timeout)$/) line = line " " $++j
				}
				print line
			}
		}' "$SEED" | sort -u
}

# orders 'DONE' ARGUMENT…: a line for each order of them.
orders() {
	local done_so_far=$1 i
	shift
	if [[ $# == 0 ]]; then
		say "$done_so_far"
		return
	fi
	for ((i = 1; i <= $#; i++)); do
		orders "$done_so_far ${!i}" "${@:1:i-1}" "${@:i+1}"
	done
}

# In seconds, as an expression.
ttl_of() {
	sed -n 's/.*--ttl \([0-9]*[hms]\).*/\1/; T; s/s//; s/m/ * 60/; s/h/ * 3600/; p' <<<"$1"
}

# check 'ARGUMENTS': that command has its effect.
check() {
	local ttl
	local -a words
	read -ra words <<<"$1"
	ttl=$(ttl_of "$1")
	case ${words[0]} in
	guard)
		assert_eq "$(lokt "${words[@]}" -- jq .ttl_sec "$MNT/x")" $((ttl)) "the TTL of '$1'"
		assert_free x
		;;
	lock)
		lokt "${words[@]}" >/dev/null || fail "lokt $1: $?"
		assert_eq "$(field x ttl_sec)" $((ttl)) "the TTL of '$1'"
		lokt unlock x >/dev/null
		;;
	unlock)
		if [[ $1 == *--force* ]]; then as_agent other 'lokt lock x'; else lokt lock x; fi >/dev/null
		lokt "${words[@]}" >/dev/null || fail "lokt $1: $?"
		assert_free x
		;;
	exists)
		fails_with 3 '' lokt "${words[@]}"
		lokt lock x >/dev/null
		assert_eq "$(lokt "${words[@]}" 2>&1 && say 0)" 0 "what '$1' says and gives"
		lokt unlock x >/dev/null
		;;
	status)
		lokt lock x >/dev/null
		assert_match "$(lokt "${words[@]}")" '"?name"?:? *"?x|^x' "lokt $1"
		lokt unlock x >/dev/null
		;;
	freeze)
		lokt "${words[@]}" >/dev/null || fail "lokt $1: $?"
		fails_with 2 frozen lokt lock x
		lokt unfreeze x >/dev/null
		;;
	unfreeze)
		lokt freeze x --ttl 1h >/dev/null
		lokt "${words[@]}" >/dev/null || fail "lokt $1: $?"
		lokt lock x >/dev/null
		lokt unlock x >/dev/null
		;;
	*) fail "the document has a command '$1'" ;;
	esac
}

seed_start
stranger_start other env LOKT_OWNER=other
documented_commands >"$WORK/commands"
assert_eq "$(cut -f 1 "$WORK/commands" | sort -u | paste -sd ' ')" \
	'exists freeze guard lock status unfreeze unlock' 'the verbs of the document'
while IFS=$'\t' read -ra arguments; do
	while read -r line; do
		check "$line"
	done < <(orders "${arguments[0]}" "${arguments[@]:1}")
done <"$WORK/commands"
assert_leases

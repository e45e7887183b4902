#!/bin/bash
# Completion in bash: the function is called as readline calls it, and starts no daemon.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"
. "$(dirname "$0")/../../../cli/completion/lokt.bash"

# completes 'LINE' WORD…: with the cursor at its end, these are offered, in any order.
completes() {
	local line=$1 offered
	shift
	COMP_LINE=$line COMP_POINT=${#line}
	# readline ends a word at these as well, as the shell's own default has it
	mapfile -t COMP_WORDS < <(sed -E 's/([:=])/\n\1\n/g; s/ +/\n/g' <<<"$line" | sed '/^$/d')
	[[ $line != *' ' ]] || COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	_lokt
	offered=$(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' ')
	assert_eq "$offered" "$(printf '%s\n' "$@" | sort | paste -sd ' ')" "for '$line'"
}

assert_eq "$(complete -p lokt)" 'complete -F _lokt lokt' registration

completes 'lokt unl' unlock
completes 'lokt ex' exists
completes 'lokt un' unlock unfreeze
completes 'lokt --v' --version
completes 'lokt unlock --f' --force
completes 'lokt unlock dep --l' --lock-id
completes 'lokt guard --' --ttl --wait --timeout --on-lost --help
completes 'lokt guard x --on-lost ' term warn
completes 'lokt prime --format cl' claude-md clinerules
completes 'lokt lock x --ttl 5' 5m
completes 'lokt nonsense '
completes 'lokt help unf' unfreeze

# without a mount there are no names, and none is started
completes 'lokt unlock '
[[ ! -e $ROOT ]] || fail 'completion made a ROOT'

mount_fs
touch "$MNT/deploy" "$MNT/delta" "$MNT/issue:12" "$MNT/path:src%2Fa.c" "$MNT/path:src%2F%5Bx%5D"
touch "$MNT/.lokt/freezes/frost"
completes 'lokt unlock de' deploy delta
completes 'lokt status dep' deploy
completes 'lokt renew iss' issue:12
completes 'lokt renew issue:' 12
completes 'lokt unlock --force issue:1' 12
completes 'lokt unlock path:src/' src/a.c
completes 'lokt unlock path:src%' src%2F%5Bx%5D
completes 'lokt acquire --resource del' delta
completes 'lokt unfreeze ' frost
completes 'lokt audit --name dep' deploy
completes 'lokt wrap dep' deploy
completes 'lokt mount -o dur' durability=full durability=os
completes 'lokt guard x -- doctor_of_nothing'
mkdir "$WORK/here" && cd "$WORK/here" && touch file.txt
completes 'lokt guard x -- cat fil' file.txt
completes 'lokt check fi' file.txt

# every command is one that lokt knows how to help with
while read -r command; do
	completes "lokt $command --hel" --help
done < <(_lokt_commands)

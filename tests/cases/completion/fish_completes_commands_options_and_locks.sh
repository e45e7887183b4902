#!/bin/bash
# Completion in fish, as it answers complete -C.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

command -v fish >/dev/null || skip 'no fish'

# completes 'LINE' WORD…: these are offered and nothing else
completes() {
	local line=$1 offered
	shift
	offered=$(fish --no-config -c "source $TESTS/../cli/completion/lokt.fish; complete -C '$line'" |
		cut -f 1 | sort | paste -sd ' ')
	assert_eq "$offered" "$(printf '%s\n' "$@" | sort | paste -sd ' ')" "for '$line'"
}

completes 'lokt unl' unlock
completes 'lokt un' unfreeze unlock
completes 'lokt unlock --f' --force
completes 'lokt guard --' --help --on-lost --timeout --ttl --wait
completes 'lokt prime --format cl' claude-md clinerules
completes 'lokt unlock '
[[ ! -e $ROOT ]] || fail 'completion made a ROOT'

mount_fs
touch "$MNT/deploy" "$MNT/delta" "$MNT/issue:12" "$MNT/path:src%2Fa.c" "$MNT/.lokt/freezes/frost"
completes 'lokt unlock de' delta deploy
completes 'lokt renew iss' issue:12
completes 'lokt unlock path:src/' path:src/a.c
completes 'lokt unfreeze ' frost
completes 'lokt guard x --on-lost ' term warn
completes 'lokt guard x -- loktf' loktfs

#!/bin/bash
# Unknown commands, options and bad durations; nothing is started for them.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
for arguments in 'dance' 'lock' 'lock a b' 'lock a --nope' 'lock a --ttl' 'lock a --ttl 0' \
	'lock a --ttl -5' 'lock a --ttl x' 'lock a --ttl 99999999999999999999h' 'unlock' 'exists' \
	'lock a --timeout 5s' 'renew' 'renew a --ttl 1y'; do
	# shellcheck disable=SC2086 # words
	lokt_says 64 '' $arguments
	and_on_stderr '.'
done
[[ ! -e $ROOT/daemon ]] || fail 'a usage error started a daemon'
lokt_says 0 "$("$LOKT" --help)" --help
assert_match "$("$LOKT" --version)" '[0-9]+\.[0-9]+' version
for command in lock unlock renew exists status init path mount umount; do
	"$LOKT" "$command" --help | grep -q . || fail "$command --help says nothing"
done

#!/bin/bash
# --json: success, refusal, usage error, no repository, no daemon: one document each, with grite's
# code and exit status.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/grite.sh"

failure='.schema_version == 1 and .ok == false and (.error.message | length > 0) and (.error.details | type == "object")'
usage="$failure and .error.code == \"invalid_args\""

# before any daemon
LOKT_NO_AUTOSTART=1 answers 5 "$failure and .error.code == \"io_error\"" grite lock acquire --resource issue:1 --json
mkdir "$WORK/nowhere"
for command in 'acquire issue:1' 'renew issue:1' 'release issue:1' status gc sync; do
	# shellcheck disable=SC2086 # words
	answers 5 "$failure and .error.code == \"git_error\"" env -C "$WORK/nowhere" grite lock $command --json
done
answers 5 "$failure and .error.code == \"git_error\"" env -C "$WORK/nowhere" lokt acquire issue:1 --json
answers 5 "$failure and .error.code == \"git_error\"" env -C "$WORK/nowhere" lokt check x --json

grite_mount
answers 0 '.ok and .data.lock.resource == "issue:1"' lokt acquire --resource issue:1 --json
answers 0 '.ok and .data.lock.resource == "issue:2"' grite --json lock acquire issue:2
answers 0 '.ok and .data.lock.resource == "issue:3"' grite lock --json acquire --resource=issue:3 --ttl=90
assert_eq "$(field issue:3 ttl_sec)" 90 'bare seconds'
assert_eq "$(field issue:1 ttl_sec)" 300 'the default'
answers 4 "$failure and .error.code == \"conflict\" and .error.details.resource == \"issue:1\"
	and (.error.details.owner | length == 32) and .error.details.expires_unix_ms > 0" \
	grite lock acquire --resource issue:1 --json
answers 3 "$failure and .error.code == \"not_found\"" grite lock release --resource issue:none --json
answers 0 '.ok and .data.released and .data.resource == "issue:2"' grite lock release --resource issue:2 --json

answers 2 "$usage" grite lock acquire --json
answers 2 "$usage" grite lock acquire --resource --json
answers 2 "$usage" grite lock acquire --resource issue:1 --ttl never --json
answers 2 "$usage" grite lock acquire --resource issue:1 --ttl 0 --json
answers 2 "$usage" grite lock acquire --resource issue:1 --tll 5m --json
answers 2 "$usage" grite lock acquire --resource issue:1 issue:2 --json
answers 2 "$usage" grite lock acquire --resource path:../x --json
answers 2 "$usage" grite lock acquire --resource "$(printf 'x%.0s' {1..300})" --json
answers 2 "$usage" grite lock acquire --resource '' --json
answers 2 "$usage" grite lock status issue:1 --json
answers 2 "$usage" grite lock gc now --json
answers 2 "$usage" grite lock sync origin more --json
answers 2 "$usage" grite lock sync --json -- --upload-pack=x
answers 2 "$usage" grite lock sync https://host/x.git --json
answers 2 "$usage" grite lock sync --timeout 0 --json
answers 2 "$usage" grite lock steal issue:1 --json
answers 2 "$usage" grite lock --json
answers 2 "$usage" lokt renew --resource --json
answers 2 "$usage" lokt check --staged --push --json
answers 2 "$usage" lokt hook --json
# lokt's own family keeps its own way
answers 64 '.status == "error" and .code == "usage"' lokt renew --json

# a lock without an end, and a result that nobody gets
lokt lock forever >/dev/null
answers 0 '[.data.locks[] | select(.resource == "forever") | has("expires_unix_ms")] == [false]' grite lock status --json
assert_match "$(grite lock status)" 'forever +[0-9a-f]{8}  never expires'
status=0
grite lock acquire --resource issue:lost --json >/dev/full 2>/dev/null || status=$?
assert_eq "$status" 1 'a full disk'
assert_free issue:lost

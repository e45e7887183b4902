#!/bin/bash
# unlock and renew of another's lock: 4; an id must be that very lease's; --force of the same uid
# works.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
export LOKT
agent_start a env LOKT_OWNER=a
agent_start b env LOKT_OWNER=b
as_agent a '$LOKT lock x --ttl 5m' >/dev/null
cli_adopt
fails_with 4 'error: lock "x" owned by a@' as_agent b '$LOKT unlock x'
fails_with 4 'not b@' as_agent b '$LOKT unlock x'
fails_with 4 'error: ' as_agent b '$LOKT renew x --ttl 1h'
fails_with 2 'held by a' as_agent b '$LOKT lock x'
assert_held x
assert_eq "$(field x ttl_sec)" 300 ttl
fails_with 1 'error: ' as_agent b '$LOKT unlock x --break-stale'
assert_held x
as_agent a '$LOKT renew x --ttl 1h' >/dev/null
assert_eq "$(field x ttl_sec)" 3600 'the renewed ttl'
id=$(field x lock_id)
as_agent a '$LOKT unlock x && $LOKT lock x --ttl 5m' >/dev/null
status=0
as_agent a "\$LOKT unlock x --lock-id $id" >/dev/null 2>&1 || status=$?
[[ $status != 0 ]] || fail 'a late retry removed a newer lease'
assert_held x
as_agent a "\$LOKT unlock x --lock-id $(field x lock_id)" >/dev/null
assert_free x
as_agent a '$LOKT lock y' >/dev/null
as_agent b '$LOKT unlock y --force' >/dev/null
assert_free y
fails_with 3 'error: ' as_agent a '$LOKT renew y'

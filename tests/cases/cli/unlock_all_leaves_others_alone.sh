#!/bin/bash
# --all: what the caller's nearest living ancestor took; --owner: that owner's.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
export LOKT
agent_start a
agent_start b
as_agent a '$LOKT lock a1; $LOKT lock a2' >/dev/null
cli_adopt
as_agent b '$LOKT lock b1' >/dev/null
as_agent a '$LOKT unlock --all' >/dev/null
assert_leases b1
LOKT_OWNER=o "$LOKT" lock o1 >/dev/null
LOKT_OWNER=o "$LOKT" lock o2 >/dev/null
assert_eq "$(LOKT_OWNER=o "$LOKT" unlock --owner o --json | jq -c '[.count,(.released|sort)]')" \
	'[2,["o1","o2"]]' 'unlock --owner'
assert_leases b1

#!/bin/bash
# Equal explicit owners are one party, under whatever process; a login name is not.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
agent_start a env LOKT_OWNER=shared
agent_start b env LOKT_OWNER=shared
agent_start c
as_agent a 'touch $MNT/x'
fails_with 1 'Operation not permitted' as_agent c 'rm $MNT/x'
as_agent b 'touch $MNT/.lokt/renew/x'
as_agent b 'rm $MNT/x'
assert_free x

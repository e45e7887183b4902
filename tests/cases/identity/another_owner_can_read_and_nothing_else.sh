#!/bin/bash
# Two agents with different LOKT_OWNER.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
agent_start a env LOKT_OWNER=claude-a
agent_start b env LOKT_OWNER=claude-b
as_agent a 'touch $MNT/x'
before=$(cat "$MNT/x")
stat_before=$(stat -c '%i %Y %Z %u %s' "$MNT/x")
fails_with 1 'Device or resource busy' as_agent b 'touch $MNT/x'
fails_with 1 'Device or resource busy' as_agent b 'touch -d "+1 hour" $MNT/x'
fails_with 1 'Operation not permitted' as_agent b 'touch -c -d "+1 hour" $MNT/x || touch -h -d "+1 hour" $MNT/x'
fails_with 1 'Operation not permitted' as_agent b 'rm $MNT/x'
fails_with 1 'Operation not permitted' as_agent b 'rm -f $MNT/x'
fails_with 1 'Operation not permitted' as_agent b 'touch $MNT/.lokt/renew/x'
fails_with 1 'Operation not permitted' as_agent b 'echo 1h >> $MNT/x'
refuses EPERM utimens_now "$MNT/x"
refuses EPERM utimens "$MNT/x" 3600
assert_eq "$(as_agent b 'cat $MNT/x')" "$before" 'what the other reads'
assert_eq "$(cat "$MNT/x")" "$before" 'the lease'
assert_eq "$(stat -c '%i %Y %Z %u %s' "$MNT/x")" "$stat_before" 'its stat'
assert_eq "$(field x owner)" claude-a owner
as_agent a 'rm $MNT/x'
as_agent b 'touch $MNT/x'
assert_eq "$(field x owner)" claude-b owner

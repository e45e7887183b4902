#!/bin/bash
# Two agents in one harness process, told apart by LOKT_AGENT_ID alone.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
LOKT_AGENT_ID=one touch "$MNT/x"
assert_eq "$(field x agent_id)" one 'agent id'
fails_with 1 'Operation not permitted' env LOKT_AGENT_ID=two rm "$MNT/x"
fails_with 1 'Operation not permitted' env LOKT_OWNER=x LOKT_AGENT_ID=two rm "$MNT/x"
LOKT_AGENT_ID=one rm "$MNT/x"
LOKT_OWNER=me LOKT_AGENT_ID=one touch "$MNT/x"
fails_with 1 'Operation not permitted' env LOKT_OWNER=me LOKT_AGENT_ID=two rm "$MNT/x"
LOKT_OWNER=me rm "$MNT/x" # its own id is not explicit
assert_free x

#!/bin/bash
# No recorded ancestor lives below a common one: the nearest living, here the case, decides.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
agent_start a
agent_start b
as_agent a 'touch $MNT/x $MNT/y'
fails_with 1 'Operation not permitted' rm "$MNT/x"
agent_stop a
rm "$MNT/x"
as_agent b 'rm $MNT/y' # below the case, which is the nearest that lives
assert_free x y

#!/bin/bash
# path: contains and is contained; repo: covers every shared resource; bare names are apart.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
agent_start a
agent_start b
as_agent a 'touch $MNT/path:src%2Fapp'
fails_with 1 'Device or resource busy' as_agent b 'touch $MNT/path:src'
fails_with 1 'Device or resource busy' as_agent b 'touch $MNT/path:src%2Fapp%2Fmain.c'
fails_with 1 'Device or resource busy' as_agent b 'touch $MNT/repo:global'
as_agent b 'touch $MNT/path:src%2Fapplication $MNT/path:docs $MNT/bare $MNT/issue:1'
assert_leases path:src%2Fapp path:src%2Fapplication path:docs bare issue:1

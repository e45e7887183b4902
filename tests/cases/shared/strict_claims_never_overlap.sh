#!/bin/bash
# slow
# Five clones, 100 attempts each (LONG=1: 200) on three resources of which two overlap: the intervals in which
# they held them never overlap, every refusal says why, and nothing is left.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"
. "$(dirname "$0")/../../lib/rivals.sh"

start_rivals
run_rivals
judge_rivals

#!/bin/bash
# slow
# The bench runs, and each line of its table has a number.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/bench.sh"

bench 'access|acquire|commands|expiry|handover|idle|audit' --peer "$LOKT"
all_measured access acquire audit commands expiry handover idle
assert jq -e '[.lines[] | select(.against == "peer")] | length == 3' "$WORK/json"

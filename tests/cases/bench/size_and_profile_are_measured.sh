#!/bin/bash
# slow
# The bench's run over sizes, and beside git, has a number in each line; its documents are written; where perf is,
# the profile names what the worker does.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/bench.sh"

printf '%s\n' before '<!-- scale -->' old '<!-- /scale -->' between '<!-- profile -->' \
	'<!-- /profile -->' after >"$WORK/performance.md"
bench 'scale|profile|strict' --scale --max 1000 --doc "$WORK"
if command -v perf >/dev/null; then
	all_measured profile scale strict
	assert grep -q ' %  op_create$' "$WORK/performance.md"
else
	all_measured scale strict
fi
assert grep -q '^| 1000 leases: acquire' "$WORK/performance.md"
assert not grep -qx old "$WORK/performance.md"
assert_eq "$(grep -xE 'before|between|after' "$WORK/performance.md" | paste -sd ' ')" \
	'before between after' 'what stays'
assert grep -q '<polyline points="[0-9]' "$WORK/performance.svg"
assert_match "$(tail -n 1 "$WORK/performance.svg")" '^</svg>$'

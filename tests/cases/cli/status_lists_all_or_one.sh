#!/bin/bash
# A line each; labelled lines for one; freezes are marked.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
lokt_says 0 'no locks' status
cli_adopt
assert_eq "$("$LOKT" status --json)" '[]' 'json of nothing'
LOKT_OWNER=me "$LOKT" lock x --ttl 30m >/dev/null
"$LOKT" lock y >/dev/null
touch "$MNT/.lokt/freezes/f"
out=$("$LOKT" status)
assert_match "$out" 'x .*me@' 'the line of x'
assert_match "$out" 'f .*\[FROZEN\]' 'the line of f'
assert_eq "$(wc -l <<<"$out")" 3 'lines'
assert_eq "$("$LOKT" status --json | jq -c '[.[] | [.name, .freeze]] | sort')" \
	'[["f",true],["x",null],["y",null]]' 'the json'
"$LOKT" status --json | jq -e 'all(.[]; .age_sec >= 0 and .expired == false
	and (.pid_status | test("^(alive|dead|unknown)$")))' >/dev/null || fail "$("$LOKT" status --json)"
assert_match "$("$LOKT" status x)" 'me' 'status x'
lokt_says 3 '' status nothing

#!/bin/bash
# The command's own status, 128+N, 126 and 127; 2 when it is held; usage errors.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"

lokt_says 0 'one two' guard x -- echo one two
lokt_says 7 '' guard x -- sh -c 'exit 7'
lokt_says 143 '' guard x -- sh -c 'kill -TERM $$'
lokt_says 127 '' guard x -- no-such-command
and_on_stderr 'no-such-command'
lokt_says 126 '' guard x -- /etc/passwd
lokt_says 0 '' guard x --ttl 5m -- true
lokt_says 0 '' guard --ttl 5m x -- true
assert_free x
lokt_says 64 '' guard x
lokt_says 64 '' guard -- true
lokt_says 64 '' guard x true
lokt_says 64 '' guard x --timeout 1s -- true
lokt_says 64 '' guard x --on-lost explode -- true
assert_free x true

for owner in $'a\nb' $'\xff' "$(printf '%0256d' 0)"; do
	LOKT_OWNER=$owner lokt_says 64 '' guard x -- touch "$WORK/ran"
	and_on_stderr 'LOKT_OWNER: should be at most'
done
assert_free x

touch "$MNT/x"
lokt_says 2 '' guard x -- touch "$WORK/ran"
and_on_stderr 'lock "x" held by you: .*lokt unlock x'
lokt_says 2 '' guard x --wait --timeout 200ms -- touch "$WORK/ran"
and_on_stderr 'is held by you.*timed out waiting for lock "x"'
rm "$MNT/x"
LOKT_OWNER=bert "$LOKT" lock x >/dev/null
LOKT_OWNER=anna lokt_says 2 '' guard x -- touch "$WORK/ran"
and_on_stderr '^error: lock "x" held by bert \(agent: .*\)@.* \(pid [0-9]+\) for '
not grep -q 'you' "$WORK/stderr" || fail 'another party is taken for its own'
[[ ! -e $WORK/ran ]] || fail 'the command ran without the lock'

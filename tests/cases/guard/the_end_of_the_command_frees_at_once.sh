#!/bin/bash
# Normal end of the command: free, though a process in the background still has the descriptor.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"

lokt_says 0 '' guard x -- bash -c "sleep 100 >/dev/null 2>&1 & echo \$! >$WORK/pid"
assert_free x
daemonized=$(<"$WORK/pid")
assert process_lives "$daemonized"
[[ -n $(find "/proc/$daemonized/fd" -lname "$MNT/x*") ]] || fail 'it has no descriptor: this tests nothing'
lokt_says 0 '' guard x -- true
kill -9 "$daemonized"
# and a guard that was nested is awaited
lokt_says 0 '' guard x -- bash -c "$LOKT guard x -- sh -c 'touch $WORK/in; sleep 0.5; test -e $MNT/x && touch $WORK/held' &
	until [[ -e $WORK/in ]]; do sleep 0.01; done"
assert_free x
[[ -e $WORK/held ]] || fail 'the nested guard ran without the lock'

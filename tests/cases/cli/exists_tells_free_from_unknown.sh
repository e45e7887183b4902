#!/bin/bash
# 0 held, 3 free, 1 with a message when it cannot tell.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
export LOKT_NO_AUTOSTART=1
lokt_says 1 '' exists x
and_on_stderr '^error: '
fails_with 1 'error: ' "$LOKT" lock x
unset LOKT_NO_AUTOSTART
lokt_says 3 '' exists x
cli_adopt
touch "$MNT/x"
lokt_says 0 '' exists x
kill_daemon
export LOKT_NO_AUTOSTART=1
lokt_says 1 '' exists x

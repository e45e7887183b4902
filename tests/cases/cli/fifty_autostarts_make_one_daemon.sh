#!/bin/bash
# slow
# lokt raced by fifty on a ROOT that nothing serves: one daemon, one winner, no error.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
for ((round = 1; round <= 5; round++)); do
	for ((i = 0; i < 50; i++)); do
		{
			status=0
			"$LOKT" lock x >/dev/null 2>"$WORK/err.$i" || status=$?
			echo "$status" >"$WORK/status.$i"
		} &
	done
	wait
	cli_adopt
	counts=$(sort "$WORK"/status.* | uniq -c | awk '{print $1 "x" $2}' | paste -sd ' ')
	[[ $counts == '1x0 49x2' ]] || fail "round $round: $counts: $(cat "$WORK"/err.* | sort | uniq -c)"
	assert_held x
	daemons=0
	worker=$(worker_pid)
	for pid in /proc/[0-9]*; do
		[[ $pid != "/proc/$worker" ]] || continue
		{ tr '\0' ' ' <"$pid/cmdline"; } 2>/dev/null | grep -qF "$ROOT" &&
			[[ $(<"$pid/comm") == loktfs ]] && daemons=$((daemons + 1))
	done
	((daemons <= 1)) || fail "round $round: $daemons daemons"
	"$LOKT" unlock x >/dev/null
	"$LOKT" umount >/dev/null
	wait_until 10 not process_lives "${DAEMONS[-1]}" || fail 'umount left the daemon'
done
# After a crash too.
"$LOKT" lock kept >/dev/null
kill_daemon
lokt_says 2 '' lock kept
cli_adopt

# shellcheck shell=bash
# From a release until the next in line runs.

measure_handover() {
	local turns stamp=$TOOLS/handover
	mount_null null timeout=3600
	mount_root handover
	"$TOOLS/handover" flock "$(rounds 300)" "flock.tmpfs=$TMPFS/x" "flock.null=$NULL/x" \
		"flock.lokt=$MNT/x" >>"$SAMPLES"
	for ((turns = $(rounds 300); turns > 0; turns -= 10)); do
		by_command command.tmpfs "$TMPFS/y" flock "$TMPFS/y" "$stamp" stamp
		by_command command.null "$NULL/y" flock "$NULL/y" "$stamp" stamp
		by_command command.lokt "$MNT/y" flock "$MNT/y" "$stamp" stamp
		by_command command.guard "$MNT/y" "$LOKT" guard y --wait -- "$stamp" stamp
		after_kill killed.flock "$MNT/z"
		after_kill killed.guard "$MNT/z" "$LOKT" guard z --wait -- "$stamp" hold
	done
	end_root
}

# With ten rounds each they take turns.
by_command() {
	LOKT_ROOT=$ROOT "$TOOLS/handover" command 10 "$1=$2" "${@:3}" >>"$SAMPLES" 2>/dev/null
}

after_kill() {
	LOKT_ROOT=$ROOT "$TOOLS/handover" killed 3 "$1=$2" "${@:3}" >>"$SAMPLES" 2>/dev/null
}

rows_handover() {
	row flock.tmpfs us 'hand-over by flock(2): tmpfs'
	row flock.null us '  null file system' flock.tmpfs tmpfs
	row flock.lokt us '  loktfs' flock.null null '<=1.25'
	row command.tmpfs us 'hand-over to a command: flock(1), tmpfs'
	row command.null us '  flock(1), null file system' command.tmpfs tmpfs
	row command.lokt us '  flock(1), loktfs' command.null 'flock(1) on null'
	row command.guard us '  lokt guard --wait' command.null 'flock(1) on null' '<=1.25'
	row killed.flock us 'from the death of the holder, flock(2)' flock.null null
	row killed.guard us '  of a guard and its command' flock.null null
}

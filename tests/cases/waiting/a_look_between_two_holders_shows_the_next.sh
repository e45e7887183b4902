#!/bin/bash
# Who has looked up a name, and asks about what was there, may ask when that lease has ended and the
# next holder has it already. The answer is the next one's: "stale" would make [ -e ] say "free".
. "$(dirname "$0")/../../lib/case.sh"

# look_up: somebody has, and asks about it as soon as go is closed
look_up() {
	"$FSOP" open_path "$MNT/x" wait_stdin fstat <"$WORK/go" >"$WORK/said" 2>&1 &
	looker=$!
	also_kill "$looker"
	exec {go}>"$WORK/go"
	wait_until 10 grep -q waiting "$WORK/said" || fail 'nobody has looked it up'
}

mount_fs
touch "$MNT/x"
first=$(stat -c %i "$MNT/x")
mkfifo "$WORK/go"
look_up
rm "$MNT/x"
touch "$MNT/x"
second=$(stat -c %i "$MNT/x")
((second > first)) || fail "token $second after $first"
exec {go}>&-
wait "$looker" || fail "it says $(cat "$WORK/said")"
grep -q "^$second .*fstat ok" "$WORK/said" || fail "not token $second: $(cat "$WORK/said")"

# nobody has it any more
look_up
rm "$MNT/x"
exec {go}>&-
wait "$looker" && fail "it has ended, and is shown: $(cat "$WORK/said")"
grep -q 'fstat ESTALE' "$WORK/said" || fail "it says $(cat "$WORK/said")"

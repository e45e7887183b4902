#!/bin/bash
# inotify on the mount tells of what is done through it, creation and rm; of what the daemon ends
# or makes by itself it tells nothing. A watch on the ROOT's audit.log is told of everything.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

command -v inotifywait >/dev/null || skip 'no inotifywait'
cli_needs_fuse
"$LOKT" mount >/dev/null
cli_adopt

# watch FILE PATH: what happens there is appended to FILE, a line an event.
watch() {
	inotifywait -m -e create,delete,delete_self,modify --format '%e %f' "$2" >>"$1" 2>"$1.err" &
	also_kill $!
	wait_until 10 grep -q established "$1.err" || fail "no watch on $2: $(<"$1.err")"
}

told() {
	grep -qxF "$2" "$1"
}

watch "$WORK/directory" "$MNT"
touch "$MNT/taken"
watch "$WORK/file" "$MNT/taken"
flock "$MNT/flocked" true
rm "$MNT/taken"
# it comes after all that went before it
touch "$MNT/last"
wait_until 10 told "$WORK/directory" 'CREATE last' || fail "$(<"$WORK/directory")"
wait_until 10 told "$WORK/file" 'DELETE_SELF ' || fail "$(<"$WORK/file")"
assert_eq "$(<"$WORK/directory")" "$(printf '%s\n' 'CREATE taken' 'CREATE flocked' \
	'DELETE taken' 'CREATE last')" 'what the directory told'

# by the daemon: an end by time, by force, by a request, and a lock that a request makes
: >"$WORK/directory"
touch -d '+2 seconds' "$MNT/expires"
timeout 10 inotifywait -qq -e modify "$ROOT/audit.log" || fail 'the trail does not tell of the end'
assert_match "$(tail -n 1 "$ROOT/audit.log")" '"event":"expire","name":"expires"' 'what was told'
rm "$MNT/.lokt/force/locks/last"
"$LOKT" lock asked >/dev/null
"$LOKT" unlock asked >/dev/null
touch "$MNT/end"
wait_until 10 told "$WORK/directory" 'CREATE end' || fail "$(<"$WORK/directory")"
assert_eq "$(<"$WORK/directory")" "$(printf '%s\n' 'CREATE expires' 'CREATE end')" \
	'what the directory told of what the daemon did'

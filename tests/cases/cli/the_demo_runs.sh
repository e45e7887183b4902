#!/bin/bash
# lokt demo | sh shows contention, hand-over, a crash and a freeze, checks itself, and leaves
# nothing behind.
. "$(dirname "$0")/../../lib/case.sh"

fuse_is_there || skip 'no /dev/fuse or no fusermount3'
mkdir "$WORK/tmp"
"$LOKT" demo >"$WORK/demo.sh"
! command -v shellcheck >/dev/null || shellcheck -s sh -e SC2016 "$WORK/demo.sh"
begin=$(now_us)
(cd "$WORK" && TMPDIR=$WORK/tmp LOKT_OWNER=outer timeout 60 sh <"$WORK/demo.sh" >"$WORK/shown" 2>&1) ||
	fail "status $?: $(<"$WORK/shown")"
(($(now_us) - begin < 60000000)) || fail 'more than a minute'
for part in 'held by alice' 'Device or resource busy' 'bob builds now' 'held by mallory' \
	'acquired lock "deploy"' 'frozen by carol' 'mallory: holder-dead deploy' 'bob: grant build, after a wait of' \
	' 1 of 20 got it: agent-' 'All of it happened as it says'; do
	grep -qF "$part" "$WORK/shown" || fail "does not show '$part': $(<"$WORK/shown")"
done
[[ -z $(ls -A "$WORK/tmp") ]] || fail "left behind: $(ls -A "$WORK/tmp")"
! grep -q "$WORK/tmp" /proc/mounts || fail 'still mounted'

# interrupted, it cleans up too
(cd "$WORK" && TMPDIR=$WORK/tmp exec sh "$WORK/demo.sh" >"$WORK/shown" 2>&1) &
demo=$!
also_kill $demo
wait_until 20 grep -q 'lokt why build' "$WORK/shown" || fail 'does not begin'
kill -TERM $demo
wait_until 20 not process_lives $demo || fail 'does not end'
[[ -z $(ls -A "$WORK/tmp") ]] || fail "left behind when terminated: $(ls -A "$WORK/tmp")"

# on a terminal it runs
command -v script >/dev/null || exit 0
status=0
TMPDIR=$WORK/tmp TERM=xterm timeout 120 script -qec "'$LOKT' demo" "$WORK/typescript" </dev/null >/dev/null 2>&1 || status=$?
[[ $status == 0 ]] || fail "on a terminal it ends with $status: $(<"$WORK/typescript")"
grep -qF 'All of it happened as it says' "$WORK/typescript" || fail "$(<"$WORK/typescript")"
[[ -z $(ls -A "$WORK/tmp") ]] || fail "left behind on a terminal: $(ls -A "$WORK/tmp")"

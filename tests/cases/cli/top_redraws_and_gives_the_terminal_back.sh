#!/bin/bash
# The live table in a real terminal: follows changes, is right after a resize, and leaves the
# terminal as it was after q, ^Z and every signal.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
mount_fs durability=os
for ((i = 10; i < 30; i++)); do
	"$LOKT" lock "shard-$i" --ttl 1h >/dev/null
done
"$LOKT" freeze cold --ttl 1h >/dev/null

# where there is no terminal: once, as status
assert_eq "$("$LOKT" top | awk '{ print $1 }' | paste -sd,)" \
	"$("$LOKT" status | awk '{ print $1 }' | paste -sd,)" 'top without a terminal'
"$LOKT" status --watch | grep -q 'cold .*\[FROZEN\]' || fail 'status --watch without a terminal'
fails_with 64 'cannot go together' "$LOKT" status --watch --json

command -v tmux >/dev/null || skip 'no tmux: the terminal was not looked at'
unset TMUX
term() {
	tmux -u -S "$WORK/tmux" -f /dev/null "$@"
}
trap 'term kill-server 2>/dev/null || true; finish' EXIT

screen() {
	term capture-pane -p
}

shows() {
	screen | grep -q -- "$1"
}

shows_not() {
	! shows "$1"
}

flag() {
	term display -p "#{$1}"
}

is_taken() {
	[[ $(flag alternate_on) == 1 && $(flag cursor_flag) == 0 ]]
}

is_given_back() {
	[[ $(flag alternate_on) == 0 && $(flag cursor_flag) == 1 ]]
}

top_pid() {
	pgrep -x lokt -P "$(term display -p '#{pane_pid}')"
}

in_term() {
	term send-keys "$1" Enter
}

# as_it_was STATUS: what the shell finds behind it.
as_it_was() {
	wait_until 5 is_given_back || fail "the screen is not given back: $(screen)"
	in_term "echo status \$? >$WORK/status; stty -g >$WORK/after; touch $WORK/told"
	wait_until 5 test -e "$WORK/told" || fail "no shell behind it: $(screen)"
	assert_eq "$(<"$WORK/status")" "status $1" 'after top'
	assert_eq "$(<"$WORK/after")" "$(<"$WORK/before")" 'the terminal settings'
	rm "$WORK/told"
	shows 'here before' || fail "what was on the screen is gone: $(screen)"
}

start_top() {
	in_term "clear; echo here before; lokt ${1:-top}"
	wait_until 5 is_taken || fail "nothing is shown: $(screen)"
	wait_until 5 shows '20 locks, 1 freeze' || fail "shows no locks: $(screen)"
}

term new-session -d -x 70 -y 15 'bash --norc --noprofile'
in_term "stty -g >$WORK/before"
wait_until 5 test -s "$WORK/before" || fail 'no shell'

start_top
assert_eq "$(screen | sed -n 3p | awk '{ print $1 }')" cold 'the first line'
assert_eq "$(screen | wc -l)" 15 'lines'
shows '… 9 more' || fail "does not say that there is more: $(screen)"
"$LOKT" lock a-new-one >/dev/null
wait_until 5 shows a-new-one || fail 'does not show a new lock'
"$LOKT" unlock a-new-one >/dev/null
wait_until 5 shows_not a-new-one || fail 'shows a lock that was released'
term resize-window -x 30 -y 8
wait_until 5 shows '… 16 more' || fail "wrong after a resize: $(screen)"
[[ -z $(screen | tr -d '\200-\277' | awk 'length($0) > 30') ]] || fail 'a line is too long'
term resize-window -x 100 -y 30
wait_until 5 shows shard-29 || fail "wrong after growing: $(screen)"
shows_not more || fail "left over from before: $(screen)"
term send-keys q
as_it_was 0

start_top 'status --watch'
term send-keys C-z
wait_until 5 is_given_back || fail '^Z keeps the terminal'
in_term fg
wait_until 5 is_taken || fail 'fg does not take it again'
wait_until 5 shows shard-29 || fail 'fg shows nothing'
term send-keys C-c
as_it_was 130

for signal in HUP QUIT TERM USR1 ALRM; do
	start_top
	kill -s "$signal" "$(top_pid)"
	as_it_was $((128 + $(kill -l "$signal")))
done

# a daemon that goes away is told, and found again
start_top
kill_daemon
wait_until 5 shows 'cannot read' || fail "hides that the daemon is gone: $(screen)"
mount_fs durability=os
wait_until 5 shows shard-29 || fail "does not find the new daemon: $(screen)"
term send-keys q
as_it_was 0

# a frame is one write, at most one a second, and nothing is erased before it is drawn
if command -v strace >/dev/null; then
	in_term "clear; echo here before; ASAN_OPTIONS=detect_leaks=0 strace -o $WORK/trace -e trace=write,poll lokt top"
	wait_until 10 is_taken || fail 'nothing is shown'
	nap 3.5 # the span in which frames are counted
	term send-keys q
	wait_until 5 is_given_back || fail 'does not end'
	frames=$(grep -c 'write.*"\\33\[H' "$WORK/trace")
	((frames >= 3 && frames <= 6)) || fail "$frames frames in 3.5 s"
	assert_eq "$(grep -c '^write(.*\\33' "$WORK/trace")" $((frames + 2)) 'writes'
	assert_eq "$(grep -c 2J "$WORK/trace")" 1 'erasures'
fi

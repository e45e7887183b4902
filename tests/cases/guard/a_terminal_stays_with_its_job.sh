#!/bin/bash
# Under a terminal: the command reads it, ^C ends it, ^Z gives it back to the shell, fg resumes,
# a background job continues, and a pipeline's neighbours are left alone. (bash and not sh as the
# command: dash forks by vfork, and a stop in that moment hangs it with or without guard.)
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"

# on_terminal WORD…: see lib/terminal.c
on_terminal() {
	"$TERMINAL" bash "+PS1='ready> '; export LOKT=$LOKT" '=ready> ' "$@" '+exit' \
		>"$WORK/screen" || fail "the terminal: $(<"$WORK/screen")"
}

on_terminal '+"$LOKT" guard x -- bash -c "read -r line; echo got-\$line"' '+words' '=got-words' \
	'=ready> '
on_terminal '+"$LOKT" guard x -- bash -c "echo beg\un; exec sleep 100"' '=begun' '^C' '=ready> ' \
	'+echo st$?' '=st130'
assert_free x
# ^C stops a loop around guard as it stops one around its command
on_terminal '+for i in 1 2 3; do "$LOKT" guard x -- bash -c "echo beg\un-$i; exec sleep 100"; done; echo o\ver' \
	'=begun-1' '^C' '=ready> ' '+echo st$?' '=st130'
not grep -q 'begun-2' "$WORK/screen" || fail 'the loop goes on after ^C'
on_terminal '+"$LOKT" guard x -- bash -c "echo beg\un; read -r line; echo got-\$line; exit 9"' '=begun' \
	'^Z' '=Stopped' '=ready> ' "+test -e $MNT/x && echo st\\ill" '=still' '=ready> ' \
	'+fg' '=guard' '+more' '=got-more' '=ready> ' '+echo st$?' '=st9'
on_terminal '+"$LOKT" guard x -- bash -c "echo beg\un; sleep 0.3; echo d\one" ' '=begun' '^Z' '=Stopped' \
	'=ready> ' '+bg' '=done' "+wait; test -e $MNT/x || echo fr\\ee" '=free'
# a job in the background that wants the terminal waits for it
on_terminal '+"$LOKT" guard x -- bash -c "read -r line; echo got-\$line" &' '=ready> ' '+sleep 0.3' \
	'=ready> ' '+jobs' '=Stopped' '+fg' '=guard' '+late' '=got-late' '=ready> '
on_terminal '+"$LOKT" guard x -- bash -c "echo beg\un; sleep 0.2; echo one" | (read -r a; read -r b; echo $b-two)' \
	'=one-two' '=ready> '
assert_free x

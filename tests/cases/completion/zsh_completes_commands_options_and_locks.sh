#!/bin/bash
# Completion in zsh, typed into a terminal.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

command -v zsh >/dev/null || skip 'no zsh'
command -v tmux >/dev/null || skip 'no tmux'

term() {
	env -u TMUX tmux -S "$WORK/tmux" "$@"
}

shows() {
	term capture-pane -p -t z | grep -qE -- "$1"
}

# completes 'TYPED' 'PATTERN': what the screen shows after TAB
completes() {
	term send-keys -t z C-c C-l
	wait_until 10 shows '^READY> *$' || fail "no prompt: $(term capture-pane -p -t z)"
	term send-keys -t z -l "$1"
	term send-keys -t z Tab
	wait_until 20 shows "$2" || fail "'$1' TAB shows: $(term capture-pane -p -t z)"
}

mount_fs
touch "$MNT/deploy" "$MNT/issue:12" "$MNT/path:src%2Fa.c" "$MNT/.lokt/freezes/frost"
mkdir "$WORK/zdot"
cat >"$WORK/zdot/.zshrc" <<END
PATH=$PATH
fpath=($TESTS/../cli/completion \$fpath)
autoload -Uz compinit
compinit -u -d $WORK/zdot/dump
PS1='READY> '
END
term -f /dev/null new-session -d -s z -x 150 -y 50 "env ZDOTDIR=$WORK/zdot TERM=screen zsh -i"
wait_until 30 shows '^READY>' || fail 'zsh does not start'
also_kill "$(term display-message -p '#{pid}')"

completes 'lokt unl' '^READY> lokt unlock'
completes 'lokt unlock --fo' '^READY> lokt unlock --force'
completes 'lokt unlock dep' '^READY> lokt unlock deploy'
completes 'lokt renew iss' '^READY> lokt renew issue:12'
completes 'lokt renew path' '^READY> lokt renew path:src/a.c'
completes 'lokt unfreeze ' '^READY> lokt unfreeze frost'
completes 'lokt guard x --on-lost w' '^READY> lokt guard x --on-lost warn'
completes 'lokt guard x -- loktf' '^READY> lokt guard x -- loktfs'
completes 'lokt acquire --resource dep' '^READY> lokt acquire --resource deploy'
term kill-server

#!/bin/bash
# lokt check under off, warn and require: locks on a file, above it, below it and on the whole
# repository; odd names; from anywhere in the work tree.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/grite.sh"

grite_mount
stranger_start them env LOKT_OWNER=them
theirs() {
	as_agent them "cd $REPO && lokt $*" >/dev/null
}
# warns FILE NAME: one line, and it is no failure
warns() {
	says 0 '' lokt check "$1"
	assert_match "$(<"$WORK/stderr")" "^warning: \"$2\" is locked: \"[^\"]*\" held by them"
}
silent() {
	says 0 '' lokt check "$@"
	assert_eq "$(<"$WORK/stderr")" '' "what check $* says"
}

mkdir -p src/app doc
theirs acquire path:src/app
warns src/app/x.c src/app/x.c
warns src/app src/app
warns src src
silent src/app2 src/ap doc srcx
warns . .
(cd src && warns app/../app/y src/app/y && warns "$PWD/app" src/app)
silent src/a.c
lokt acquire path:src/a.c >/dev/null
silent src/a.c
answers 0 '.data.policy == "warn" and .data.checked == 2 and
	(.data.findings | length == 1 and .[0].path == "src/app/x" and .[0].reason == "locked"
	and .[0].lock.resource == "path:src/app" and (.[0].lock.owner | length == 32))' \
	lokt check --json src/app/x src/a.c
says 2 '' lokt check ../outside
theirs release path:src/app
lokt release path:src/a.c >/dev/null
theirs acquire repo:deploy
warns any any
theirs release repo:deploy
# other shared resources are no files
theirs acquire issue:1
silent src/app/x.c any

# names that a lock cannot have, or that a shell would mind
long=$(printf 'd%.0s' {1..200})/$(printf 'f%.0s' {1..200})
theirs acquire "path:${long%/*}"
says 0 '' lokt check "$long"
assert_match "$(<"$WORK/stderr")" 'is locked'
theirs acquire "'path:odd dir'"
for name in $'odd dir/new\nline' 'odd dir/"quo"te' $'odd dir/\xff' 'odd dir/*' 'odd dir/-x'; do
	says 0 '' lokt check -- "$name"
	assert_match "$(<"$WORK/stderr")" 'is locked'
done
answers 0 '.data.findings | length == 1' lokt check --json $'odd dir/\xff'

# require: only what a lock of ours covers
grite_config 'lock_policy = "require"\n'
fails_with 1 'covered by no lock of yours' lokt check free
fails_with 1 'is locked' lokt check 'odd dir/x'
lokt acquire path:mine >/dev/null
silent mine mine/below
fails_with 1 '"free" is covered by no lock' lokt check mine free
answers 1 '.ok == false and .error.code == "conflict" and .error.details.policy == "require"
	and [.error.details.findings[].path] == ["free"]' lokt check --json mine free
lokt acquire path:half/below >/dev/null
fails_with 1 'covered by no lock' lokt check half
lokt freeze path:mine --ttl 1m >/dev/null
silent mine
lokt unfreeze path:mine >/dev/null

# without a daemon: nothing is refused that never is, everything that must be told
"$LOKT" umount >/dev/null
wait_until 10 not process_lives "${DAEMONS[-1]}"
export LOKT_NO_AUTOSTART=1
fails_with 5 'nothing is mounted' lokt check mine
grite_config 'lock_policy = "warn"\n'
fails_with 0 'cannot tell which files are locked' lokt check mine
grite_config 'lock_policy = "off"\n'
silent mine 'odd dir/x'

# shellcheck shell=bash
# The world that lokt-patterns.md speaks of: a git repository with its own mount, programs first
# on PATH that note their runs, and workers of every identity, each a script or an agent with a
# fresh shell for each command. Sourced after case.sh; the document itself is snippet.sh's.
. "$(dirname "${BASH_SOURCE[0]}")/snippet.sh"

REPO=$WORK/repo
ROOT=$REPO/.git/lokt
MNT=$ROOT/mnt
PATH=$WORK/bin:$PATH
WORKERS=3 # how many a round has; a case may set it
RUNS=$WORK/runs

# Notes begin and end in one file, so that the order of its lines is the order of events; fails
# when what it runs as matches $WORK/fails; waits while $WORK/gate is there.
write_stub() {
	cat >"$WORK/stub" <<'STUB'
#!/bin/bash
what="${0##*/}${*:+ $*}"
if [[ $what == 'go list'* ]]; then
	printf 'example.com/app/p%d\n' 1 2 3 4 5 6 7
	exit
fi
echo "begin $$ $WORKER $what" >>"$WORK/runs"
trap 'echo "end $$ $WORKER $what" >>"$WORK/runs"' EXIT
read -rt 0.03 _ <>"$WORK/nap.fifo"
while [[ -e $WORK/gate ]]; do
	read -rt 0.01 _ <>"$WORK/nap.fifo"
done
if [[ -s $WORK/fails && $what =~ $(<"$WORK/fails") ]]; then exit 9; fi
exit 0
STUB
	chmod +x "$WORK/stub"
}

# stub PATH…: a program there that does nothing but say when it ran.
stub() {
	local path
	for path; do
		ln -s "$WORK/stub" "$path"
	done
}

seed_start() {
	mkdir -p "$REPO/scripts" "$WORK/bin"
	git config --global user.name tester
	git config --global user.email tester@example.com
	git config --global init.defaultBranch main
	git init -q "$REPO"
	cd "$REPO" || fail "no $REPO"
	new_commit
	write_stub
	stub "$WORK/bin/go" "$WORK/bin/golangci-lint" "$WORK/bin/curl"
	mount_fs
}

# Sets COMMIT.
# shellcheck disable=SC2034 # for the case
new_commit() {
	git commit -q --allow-empty -m 'a change'
	COMMIT=$(git rev-parse HEAD)
}

# ---- who runs it

# as_each_party FUNCTION: a round of it for each identity of the workers and each way to run.
as_each_party() {
	for PARTY in default shared distinct; do
		for HOW in script agent; do
			say "-- identity: $PARTY, workers: $HOW"
			round_begins
			"$1"
			round_ends
		done
	done
}

round_begins() {
	local n
	BACKGROUND=()
	: >"$RUNS"
	[[ $HOW == agent ]] || return 0
	for ((n = 1; n <= WORKERS; n++)); do
		identity "$n"
		agent_start "$PARTY.$n" env "${AS[@]}"
	done
}

# Break-glass for what the round has left held on purpose.
round_ends() {
	local n name
	for name in $(held_names); do
		rm "$MNT/.lokt/force/locks/$name"
	done
	rm -f "$WORK/gate" "$WORK/fails"
	[[ $HOW == agent ]] || return 0
	for ((n = 1; n <= WORKERS; n++)); do
		agent_stop "$PARTY.$n"
	done
}

held_names() {
	find "$MNT" -mindepth 1 -maxdepth 1 -type f -printf '%f\n'
}

# identity N: sets AS, which env takes
identity() {
	case $PARTY in
	default) AS=(WORKER="$1") ;;
	shared) AS=(WORKER="$1" LOKT_OWNER=everyone) ;;
	distinct) AS=(WORKER="$1" LOKT_OWNER="worker-$1") ;;
	esac
}

# worker N 'COMMAND': its output in $WORK/out.N and err.N, its status is ours.
worker() {
	if [[ $HOW == agent ]]; then
		as_agent "$PARTY.$1" "$2"
	else
		identity "$1"
		env "${AS[@]}" bash -c "$2"
	fi >"$WORK/out.$1" 2>"$WORK/err.$1" </dev/null
}

# gets STATUS N 'COMMAND': runs it as worker N.
gets() {
	local status=0
	worker "$2" "$3" || status=$?
	check_status "$1" "$2" "$status" "$3"
}

check_status() {
	[[ $3 == "$1" ]] ||
		fail "worker $2 got $3, expected $1, from: $4: $(cat "$WORK/out.$2" "$WORK/err.$2")"
}

# begins N 'COMMAND': in the background, until ends STATUS N.
begins() {
	rm -f "$WORK/out.$1"
	worker "$1" "$2" &
	BACKGROUND[$1]=$!
	also_kill "$!"
}

ends() {
	local status=0
	wait "${BACKGROUND[$2]}" || status=$?
	check_status "$1" "$2" "$status" 'what it had begun'
}

said() {
	assert_match "$(<"$WORK/out.$1")" "$2" "what worker $1 said"
}

complained() {
	assert_match "$(<"$WORK/err.$1")" "$2" "what worker $1 said on stderr"
}

# ---- what the programs noted

# While it is shut, what has begun does not end.
gate_shut() {
	: >"$WORK/gate"
}

gate_open() {
	rm "$WORK/gate"
}

# fails 'WHAT': from now on those programs end with 9.
fails() {
	printf '%s' "$1" >"$WORK/fails"
}

count_begun() {
	grep -cE "^begin [0-9]+ [0-9]* ?$1" "$RUNS" || true
}

has_begun() {
	[[ $(count_begun "$2") -ge $1 ]]
}

# begun N 'WHAT': waits for so many of them to have begun, and there are no more.
begun() {
	wait_until 20 has_begun "$1" "$2" || fail "$1 of '$2' do not begin: $(<"$RUNS")"
	ran "$1" "$2"
}

# ran N 'WHAT': so many runs of what matches since the round began.
ran() {
	assert_eq "$(count_begun "$2")" "$1" "the number of runs of '$2'"
}

# at_once N 'WHAT': never more of them at a time, and all have ended.
at_once() {
	awk -v limit="$1" -v what="$2" '
		{ line = $0; sub(/^[a-z]+ [0-9]+ [0-9]* ?/, "", line) }
		line !~ "^(" what ")" { next }
		$1 == "begin" { if (++open > limit) { print "too many at once:", $0; bad = 1 } }
		$1 == "end" { open-- }
		END { if (open) { print open, "have not ended"; bad = 1 } exit bad }' "$RUNS" ||
		fail "more than $1 of '$2' at once: $(<"$RUNS")"
}

freed() {
	wait_until 10 test ! -e "$MNT/$1" || fail "$1 is not freed"
	assert_free "$1"
}

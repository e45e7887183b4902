#!/bin/bash
# slow. 8 workers on 3 resources that overlap, 40 rounds each (LONG=1: 200) with the default
# identity, with owners of their own, with one owner for all, in subshells, and from a worktree each.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"
. "$(dirname "$0")/../../lib/intervals.sh"

# guarded NAME
guarded() {
	"$LOKT" guard "$1" --wait --timeout 100s -- "$INTERVAL" "$WORK" "$(lease_of "$1")"
}

ROUNDS=${ROUNDS:-${LONG:+200}}
ROUNDS=${ROUNDS:-40}

# rounds NUMBER FUNCTION: as many over the names
rounds() {
	local names=(path:src path:src/a "$THIRD") i
	for ((i = 0; i < ROUNDS; i++)); do
		"$2" "${names[($1 + i) % 3]}" 2>"$WORK/err.$1" || fail "$(<"$WORK/err.$1")"
	done
}

by_itself() {
	rounds "$1" guarded
}

# by_owner NUMBER OWNER: in OWNER N is the worker's number
by_owner() {
	export LOKT_OWNER=${2/N/$1}
	rounds "$1" guarded
}

# in bash the inner one cannot be the last command, so it is a process
in_subshell() {
	(
		(guarded "$1"; exit $?)
		exit $?
	)
}
by_subshell() {
	rounds "$1" in_subshell
}

# by_worktree NUMBER DIRECTORY: the ROOT is found from where the worker stands
by_worktree() {
	unset LOKT_ROOT
	cd "$2.$1"
	rounds "$1" guarded
}

THIRD=path:src/b
eight_workers by_itself
judge_notes $((ROUNDS * 8)) overlaps
eight_workers by_owner owner-N
judge_notes $((ROUNDS * 8)) overlaps
# one owner for all is one party: its overlapping names may be held together, one name never
eight_workers by_owner same
judge_notes $((ROUNDS * 8))
THIRD=repo:all
eight_workers by_subshell
judge_notes $((ROUNDS * 8)) overlaps
assert_leases

git -C "$WORK" -c init.defaultBranch=main init -q repo
git -C "$WORK/repo" -c user.name=t -c user.email=t@example.org commit -q --allow-empty -m first
for number in 1 2 3 4 5 6 7 8; do
	git -C "$WORK/repo" worktree add -q "$WORK/tree.$number" 2>/dev/null
done
ROOT=$WORK/repo/.git/lokt MNT=$ROOT/mnt
mount_fs
eight_workers by_worktree "$WORK/tree"
judge_notes $((ROUNDS * 8)) overlaps
assert_leases

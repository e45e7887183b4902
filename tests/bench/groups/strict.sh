# shellcheck shell=bash
# Strict claims and releases of distinct names against a bare repository on this disk, by one client
# and by eight, beside bare git: commit-tree, push --force-with-lease, push to delete.

by_lokt() {
	"$LOKT" acquire "issue:$1" >/dev/null && "$LOKT" release "issue:$1" >/dev/null
}

by_touch() {
	touch "$MNT/issue:$1" && rm "$MNT/issue:$1"
}

# Both halves on the remote before it goes on, as there is nobody who would do it later.
by_git() {
	local ref commit
	ref=$(ref_of "issue:$1")
	commit=$(git -c user.name=x -c user.email=x@x commit-tree -m lock "$TREE")
	git push -q --force-with-lease="$ref:" origin "$commit:$ref" &&
		git push -q --force-with-lease="$ref:$commit" origin ":$ref"
}

# pairs_in_time NUMBER FUNCTION: until the time is up; prints how many. A push of bare git fails now
# and then when another deletes a ref meanwhile: what failed is no pair.
pairs_in_time() {
	local end=$(($(now_us) + LIMIT_US)) count=0
	while (($(now_us) < end)); do
		if "$2" "$1-$count-$RANDOM" 2>/dev/null; then
			count=$((count + 1))
		fi
	done
	say "$count"
}

# cost KEY FUNCTION CLIENTS: how long for a pair of whichever client
cost() {
	local i since took sum pids=()
	since=$(now_us)
	for ((i = 0; i < $3; i++)); do
		pairs_in_time "$i" "$2" >"$WORK/count.$i" &
		pids+=($!)
	done
	wait "${pids[@]}"
	took=$(($(now_us) - since))
	sum=$(cat "$WORK"/count.* | awk '{ sum += $1 } END { print sum }')
	rm "$WORK"/count.*
	sample "$1" $((took * 1000 / (sum ? sum : 1)))
}

measure_strict() {
	local turns
	# shellcheck source=../../lib/shared.sh
	. "$BENCH/../lib/shared.sh"
	LIMIT_US=3000000
	[[ -z $QUICK ]] || LIMIT_US=200000
	make_remote
	make_clone a
	make_clone bare
	mount_clone a remote=origin,shared=strict
	TREE=$(git -C "$WORK/bare" mktree </dev/null)
	for ((turns = $(rounds 5); turns > 0; turns--)); do
		at bare cost strict.git.1 by_git 1
		at a cost strict.lokt.1 by_lokt 1
		at a cost strict.touch.1 by_touch 1
		at bare cost strict.git.8 by_git 8
		at a cost strict.lokt.8 by_lokt 8
	done
	umount_clone a
}

rows_strict() {
	row strict.git.1 ms 'a pair by two git pushes, one client'
	row strict.lokt.1 ms '  lokt acquire and release, shared=strict' strict.git.1 git
	row strict.touch.1 ms '  touch and rm, shared=strict' strict.git.1 git
	row strict.git.8 ms 'a pair of 8 clients, by git' strict.git.1 'one client'
	row strict.lokt.8 ms '  by lokt' strict.lokt.1 'one client'
}

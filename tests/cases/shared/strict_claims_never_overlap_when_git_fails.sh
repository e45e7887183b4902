#!/bin/bash
# slow
# The same while git is killed at random, and the remote refuses or delays one push in five: a
# claim may fail, two never succeed.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"
ALLOWED='No route to host|did not answer|could not be taken or renewed|"verdict":"unreachable"|remote'
. "$(dirname "$0")/../../lib/rivals.sh"

# Below the daemons of this case, but none of their own processes.
gits() {
	local pid
	for pid in "${DAEMONS[@]}"; do
		children_of "$pid"
	done | while read -r pid; do
		[[ $(<"/proc/$pid/comm") == loktfs ]] || say "$pid"
	done
}

# Only what a daemon of this case has started. A push is killed, others may clean up: what git
# leaves behind when it is killed while it writes is for its user to remove.
kills_git() {
	local pid all
	while :; do
		nap "0.$((RANDOM % 2))$((RANDOM % 10))"
		mapfile -t all < <(gits)
		((${#all[@]})) || continue
		pid=${all[RANDOM % ${#all[@]}]}
		if tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q '^git .* push '; then
			kill -9 "$pid"
		else
			kill "$pid"
		fi && say x >>"$WORK/killed"
	done 2>/dev/null
}

start_rivals
cat >"$REMOTE/hooks/pre-receive" <<'HOOK'
#!/bin/bash
((RANDOM % 5)) && exit 0
((RANDOM % 2)) && exit 1
sleep 0.7
HOOK
chmod +x "$REMOTE/hooks/pre-receive"
EXPECT_LOG='git|remote'
kills_git &
killer=$!
also_kill "$killer"
run_rivals
kill -9 "$killer"
say "$(wc -l <"$WORK/killed") processes of git killed"
(($(wc -l <"$WORK/killed") >= 5)) || fail 'too few'
rm "$REMOTE/hooks/pre-receive"
judge_rivals

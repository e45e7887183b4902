#!/bin/bash
# trap 'rm -f x' EXIT in a script that lost: the winner's lock stays while the winner lives.
. "$(dirname "$0")/../../lib/case.sh"

loser=$WORK/loser
cat >"$loser" <<'SCRIPT'
trap 'rm -f $MNT/x' EXIT
touch $MNT/x || exit 9
SCRIPT

# winner_holds COMMAND: a script that runs it and lives on meanwhile; everyone else loses.
winner_holds() {
	local how=$1 winner before
	mkfifo "$WORK/ready" "$WORK/go"
	bash -c "$how; echo >\$WORK/ready; read -r _ <\$WORK/go; rm \$MNT/x; exit \$?" &
	winner=$!
	also_kill "$winner"
	read -r _ <"$WORK/ready"
	before=$(cat "$MNT/x")
	fails_with 9 'Operation not permitted' bash "$loser"
	fails_with 9 'Operation not permitted' as_agent other "bash $loser"
	fails_with 1 'Operation not permitted' as_agent other 'rm -f $MNT/x'
	fails_with 9 'Operation not permitted' setsid -w bash "$loser"
	assert_eq "$(cat "$MNT/x")" "$before" "the winner's lease after '$how'"
	echo >"$WORK/go"
	wait "$winner" || fail "the winner could not release after '$how'"
	assert_free x
	rm "$WORK/ready" "$WORK/go"
}

mount_fs
agent_start other
winner_holds 'touch $MNT/x'
winner_holds 'timeout 5 touch $MNT/x'
winner_holds ': > $MNT/x'
winner_holds 'set -C; : > $MNT/x'
winner_holds '(touch $MNT/x)'
winner_holds 'setsid -w touch $MNT/x'
winner_holds 'env nice touch $MNT/x'

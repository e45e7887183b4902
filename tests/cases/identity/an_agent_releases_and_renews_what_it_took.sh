#!/bin/bash
# Agents run each command in a fresh shell; the process above both is what makes them one party,
# however that was started, and with or without bash's exec optimisation.
. "$(dirname "$0")/../../lib/case.sh"

# takes_and_gives RUN NAME: RUN is as_agent or as_agent_forking.
takes_and_gives() {
	local run=$1 name=$2 how before
	for how in 'touch $MNT/x' ': > $MNT/x' 'timeout 5 touch $MNT/x' 'touch -d "+90 seconds" $MNT/x'; do
		"$run" "$name" "$how"
		before=$(stat -c %.Y "$MNT/x")
		fails_with 1 'Operation not permitted' "$run" other 'rm -f $MNT/x'
		fails_with 1 'Operation not permitted' "$run" other 'touch $MNT/.lokt/renew/x'
		fails_with 1 'Operation not permitted' "$run" other "trap 'rm -f \$MNT/x' EXIT; touch \$MNT/x || exit 1"
		assert_eq "$(stat -c %.Y "$MNT/x")" "$before" 'the expiry'
		"$run" "$name" 'touch $MNT/.lokt/renew/x'
		[[ $(stat -c %.Y "$MNT/x") > $before ]] || fail "$run $name '$how': not renewed"
		"$run" "$name" 'echo 1h >> $MNT/x'
		assert_eq "$(field x ttl_sec)" 3600 ttl
		"$run" "$name" 'rm $MNT/x' || fail "$run $name: cannot release after '$how'"
		assert_free x
	done
}

mount_fs
agent_start other
agent_start plain
agent_start session setsid -f
stranger_start orphan
for name in plain session orphan; do
	takes_and_gives as_agent "$name"
	takes_and_gives as_agent_forking "$name"
done

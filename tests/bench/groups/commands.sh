# shellcheck shell=bash
# Commands as whole processes, started by posix_spawn.

measure_commands() {
	local own other others=()
	mount_root cli durability=os
	touch "$MNT/held"
	own="LOKT_ROOT=$ROOT LOKT_OWNER=bench $LOKT"
	if [[ -n $PEER ]]; then
		mkdir -p "$WORK/peer"
		other="LOKT_ROOT=$WORK/peer LOKT_OWNER=bench $PEER"
		LOKT_ROOT=$WORK/peer LOKT_OWNER=bench "$PEER" lock held >/dev/null
		[[ ! -d $WORK/peer/mnt ]] || MOUNTS+=("$WORK/peer/mnt") # a peer of our own kind
		others=("exists.peer=1:run:$other exists held"
			"lock.peer=1:run:$other lock x ; $other unlock x"
			"guard.peer=1:run:$other guard --ttl 5m x -- /bin/true")
	fi
	take 300 true=1:run:/bin/true "exists=1:run:$own exists held" \
		"lock=1:run:$own lock x ; $own unlock x" \
		"flock=1:run:$(command -v flock) $TMPFS/x /bin/true" \
		"guard=1:run:$own guard x -- /bin/true" "${others[@]}"
	end_root
}

# peer_row KEY LABEL [AIM]
peer_row() {
	[[ -z $PEER ]] || row "$1" us "$2" "$1.peer" peer "${3-}"
}

rows_commands() {
	row true us '/bin/true'
	row exists us 'lokt exists' true+300000 'true + 0.3 ms' '<=1'
	peer_row exists 'lokt exists' '<=0.25'
	row lock us 'lokt lock and lokt unlock' 2*true+1000000 '2 (true + 0.5 ms)' '<=1'
	peer_row lock 'lokt lock and lokt unlock' '<=0.25'
	row flock us 'flock(1) and /bin/true, tmpfs' true true
	row guard us 'lokt guard and /bin/true' flock 'flock(1) on tmpfs'
	peer_row guard 'lokt guard and /bin/true'
}

# shellcheck shell=bash
# A trail of a hundred days, rotated every 16 MiB: how long "lokt audit" takes, how much it reads.

# make_trail EVENTS: evenly spread, in lines as long as the journal's.
make_trail() {
	mkdir -p "$ROOT"
	awk -v count="$1" -v now="$EPOCHSECONDS" -v dir="$ROOT" 'BEGIN {
		step = 100 * 86400 / count
		chain = "[[25117,\"4769860000000\"],[25060,\"4769470000000\"],[25059,\"4769470000000\"]]"
		for (seq = 1; seq <= count; seq++) {
			if (size == 0)
				file = sprintf("%s/audit-%020d.log", dir, seq)
			at = now - (count - seq) * step
			ts = strftime("%Y-%m-%dT%H:%M:%S", int(at), 1) sprintf(".%09dZ", (at - int(at)) * 1e9)
			line = sprintf("{\"seq\":%d,\"ts\":\"%s\",\"event\":\"%s\",\"name\":\"shard-%d\"," \
				"\"lock_id\":\"%032x\",\"owner\":\"agent-%d\",\"host\":\"vm\",\"pid\":25060," \
				"\"agent_id\":\"agent-0273\",\"ttl_sec\":1800,\"file\":\"shard-%d\",\"token\":%d," \
				"\"mono_ns\":\"4769899261022\",\"uid\":0,\"pid_start_ns\":\"4769470000000\"," \
				"\"acquired\":\"%s\",\"ttl_ms\":1800000,\"deadline_ns\":\"6569899261022\"," \
				"\"expires_wall_ns\":\"1795333419240416889\",\"ttl_explicit\":true,\"chain\":%s," \
				"\"crc\":\"5803c96b\"}", seq, ts, seq % 2 ? "acquire" : "release", seq % 50, seq,
				seq % 8, seq % 50, seq + 31, ts, chain)
			print line >file
			size += length(line) + 1
			if (size > 16 * 1024 * 1024) {
				close(file)
				size = 0
			}
		}
		close(file)
		if (size)
			print file
	}' >"$WORK/last"
	[[ ! -s $WORK/last ]] || mv "$(<"$WORK/last")" "$ROOT/audit.log"
}

# What this shell and the programs it waited for have read so far.
bytes_read() {
	sed -n 's/^rchar: //p' /proc/$$/io
}

# audited KEY ARGUMENTS…
audited() {
	local key=$1 before since took
	shift
	before=$(bytes_read)
	since=$(now_us)
	LOKT_ROOT=$ROOT "$LOKT" audit "$@" >"$WORK/out"
	took=$(($(now_us) - since))
	sample "audit.$key" $((took * 1000))
	sample "read.$key" $((($(bytes_read) - before) / 1024))
}

measure_audit() {
	local turns
	EVENTS=1000000
	[[ -z $QUICK ]] || EVENTS=5000
	use_root audit
	make_trail "$EVENTS"
	for ((turns = $(rounds 10); turns > 0; turns--)); do
		audited second --since 1s
		audited hour --since 1h
		audited day --since 24h
	done
	audited half --since 50d --name shard-7
	audited all
	rm -r "$ROOT"
}

rows_audit() {
	local key
	for key in second hour day 'half --since 50d --name' 'all'; do
		row "audit.${key%% *}" ms "lokt audit of $EVENTS events, $(audit_span "$key")"
		row "read.${key%% *}" KiB '  read for it'
	done
}

audit_span() {
	case $1 in
	half*) say '50 days, a name' ;;
	all) say 'all' ;;
	*) say "the last $1" ;;
	esac
}

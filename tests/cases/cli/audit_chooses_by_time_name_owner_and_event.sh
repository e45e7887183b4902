#!/bin/bash
# The lines of the trail as they are; whatever --since is given, a search by halves finds what a
# look at every line would.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

# A trail of three files: one event every ten seconds from midnight on, ten owners in turn.
mkdir "$ROOT"
events() { # FIRST LAST
	awk -v first="$1" -v last="$2" 'BEGIN { for (i = first; i <= last; i++) {
		kind = i % 100 == 0 ? "clock" : i % 2 ? "acquire" : "release"
		printf "{\"seq\":%d,\"ts\":\"2026-01-01T%02d:%02d:%02d.5Z\",\"event\":\"%s\"", i,
			i / 360, i % 360 / 6, i % 6 * 10, kind
		if (kind != "clock")
			printf ",\"name\":\"n%d\",\"owner\":\"o%d\",\"note\":\"\\\"owner\\\":\\\"o1\\\"\"", i % 7, i % 10
		print ",\"crc\":\"00000000\"}" } }'
}
events 1 2000 >"$ROOT/audit-00000000000000000001.log"
events 2001 5000 >"$ROOT/audit-00000000000000002001.log"
events 5001 8000 >"$ROOT/audit.log"
cat "$ROOT"/audit-*.log "$ROOT/audit.log" >"$WORK/all"
grep -v '"clock"' "$WORK/all" >"$WORK/shown"

same() { # WHAT-FILE ARGUMENTS…
	local expected=$1
	shift
	"$LOKT" audit "$@" >"$WORK/out" || fail "audit $* failed"
	cmp "$WORK/out" "$expected" || fail "audit $*: $(wc -l <"$WORK/out") lines"
}
same "$WORK/shown"
for since in 2025-01-01T00:00:00Z 2026-01-01T00:00:00Z 2026-01-01T00:00:10.6Z \
	2026-01-01T05:33:20Z 2026-01-01T05:33:21Z 2026-01-01T09:17:03Z 2026-01-01T13:53:20Z \
	2026-01-01T13:53:21Z 2026-01-01T22:13:20.5Z 2026-01-01T22:13:21Z 2027-01-01T00:00:00Z; do
	jq -c --arg since "$(date -u -d "$since" +%FT%T.%1N)" 'select(.ts[:-1] >= $since)' \
		"$WORK/shown" >"$WORK/expected"
	same "$WORK/expected" --since "$since"
done
same <(grep '"name":"n3"' "$WORK/shown") --name n3
same <(jq -c 'select(.owner == "o1")' "$WORK/shown") --owner o1
same <(grep '"acquire"' "$WORK/all") --event acquire
same <(grep -E '"acquire"|"clock"' "$WORK/all") --event clock --event acquire
same <(jq -c 'select(.owner == "o1" and .name == "n1" and .event == "acquire")' "$WORK/all") \
	--event acquire --owner o1 --name n1

# half a line at the end is not one yet
printf '{"seq":8001,"ts":"2026-01-01T22:1' >>"$ROOT/audit.log"
same "$WORK/shown"
lokt_says 64 '' audit --since yesterday
and_on_stderr 'neither a duration'
lokt_says 64 '' audit --event nonsense
and_on_stderr 'should be one of acquire'
lokt_says 64 '' audit --name ''
LOKT_ROOT=$WORK/nowhere lokt_says 0 '' audit
LOKT_ROOT=$WORK/nowhere lokt_says 1 '' audit --tail
[[ ! -e $WORK/nowhere ]] || fail 'audit makes a ROOT'

# a real one, with a duration
rm -r "$ROOT"
mount_fs
"$LOKT" lock real --ttl 1h >/dev/null
assert_eq "$("$LOKT" audit --since 10m | jq -r '"\(.event) \(.name)"')" 'acquire real' 'a real trail'
"$LOKT" audit --event start | jq -e .boot_id >/dev/null || fail 'bookkeeping was asked for'

#!/bin/bash
# The request "query": who is in the way, and whether it is the caller's own; no lease, no line in
# the journal.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/grite.sh"

grite_mount
stranger_start them env LOKT_OWNER=them
asks() {
	exec 8<>"$MNT/.lokt/request"
	echo "{\"op\":\"query\",\"resource\":\"$1\"}" >&8
	cat <&8
	exec 8>&-
}
answer() {
	asks "$1" | jq -c '[.ok, .verdict, .holder.name, .own]'
}
as_agent them "cd $REPO && lokt acquire path:src && lokt lock plain" >/dev/null
lokt acquire path:doc >/dev/null
lokt acquire issue:1 >/dev/null
before=$(wc -c <"$MNT/.lokt/audit.log")
assert_eq "$(answer issue:2)" '[true,null,null,null]' 'what is free'
assert_eq "$(answer issue:1)" '[false,"held","issue:1",true]' 'ours'
assert_eq "$(answer path:doc/x)" '[true,null,null,null]' 'below ours'
assert_eq "$(answer path:src)" '[false,"held","path:src",false]' 'theirs'
assert_eq "$(answer path:src/x)" '[false,"conflict","path:src",false]' 'below theirs'
assert_eq "$(answer repo:x)" '[false,"conflict","path:src",false]' 'the whole repository'
assert_eq "$(answer plain)" '[false,"held","plain",false]' 'a plain name'
assert_eq "$(answer ../x | jq -r '.[1]')" null 'an odd name is only a name'
assert_eq "$(wc -c <"$MNT/.lokt/audit.log")" "$before" "the journal's size"
lokt freeze issue:1 --ttl 1m >/dev/null
lokt freeze issue:9 --ttl 1m >/dev/null
assert_eq "$(answer issue:1)" '[false,"held","issue:1",true]' 'ours, frozen'
assert_eq "$(answer issue:9 | jq -r '.[1]')" frozen 'frozen'

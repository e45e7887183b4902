#!/bin/bash
# --json: one document on stdout, for failures too.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
out=$("$LOKT" lock x --ttl 5m --json)
cli_adopt
assert_eq "$(jq -c '[.status,.name,.ttl_sec]' <<<"$out")" '["acquired","x",300]' lock
jq -e '(.lock_id | length == 32) and .fencing_token > 0 and .owner and .host and .pid' <<<"$out" >/dev/null ||
	fail "the lease: $out"
status=0
out=$("$LOKT" lock x --json 2>/dev/null) || status=$?
assert_eq "$status" 2 'the status'
jq -e '.status == "blocked" and .name == "x" and (.holder_owner | length > 0) and .holder_host
	and .holder_pid > 0 and .holder_agent_id and .holder_age_sec >= 0 and .holder_ttl_sec == 300
	and .holder_remaining_sec > 290 and .holder_expired == false and .holder_pid_status
	and .holder_acquired_ts and .holder_expires_at' <<<"$out" >/dev/null || fail "blocked: $out"
assert_eq "$("$LOKT" renew x --ttl 10m --json | jq -r .ttl_sec)" 600 renew
assert_eq "$("$LOKT" status x --json | jq -r .name)" x 'status of one'
"$LOKT" lock y >/dev/null
assert_eq "$("$LOKT" unlock --all --json | jq -c '[.count, (.released | sort)]')" '[2,["x","y"]]' 'unlock --all'
assert_eq "$("$LOKT" status --json)" '[]' 'an empty status'

# shellcheck shell=bash
# A walk through every kind of operation, short enough for a daemon under valgrind or a
# sanitizer. Sourced after case.sh, on a mount that is up.

quietly() {
	"$@" >/dev/null 2>&1 || true
}

basic_session() {
	local request
	stranger_start session-other env LOKT_OWNER=session-other
	touch "$MNT/a"
	echo 30m >"$MNT/b"
	echo '{"ttl":"1h","note":"n"}' >"$MNT/c"
	touch -d '+1 hour' "$MNT/d"
	quietly touch "$MNT/a"
	quietly bash -c 'echo junk >$MNT/junk; : >$MNT/a; echo junk >>$MNT/a'
	quietly as_agent session-other 'touch $MNT/a; rm $MNT/a; echo 1h >>$MNT/a; mkdir $MNT/dir'
	touch "$MNT/.lokt/renew/a" "$MNT/.lokt/freezes/f"
	quietly touch "$MNT/f"
	cat "$MNT"/* "$MNT/.lokt/status.json" "$MNT/.lokt/audit.log" >/dev/null
	ls -la "$MNT" "$MNT/.lokt" "$MNT/.lokt/force/locks" >/dev/null
	quietly find "$MNT" -name nothing
	for request in '{"op":"acquire","resource":"path:a/b","ttl_ms":60000}' '{' \
		'{"op":"acquire","resource":"path:a","wait_ms":20}' \
		'{"op":"release","resource":"path:a/b"}' '{"op":"release","resource":"path:a"}'; do
		quietly "$FSOP" open_both "$MNT/.lokt/request" write "$request" read close
	done
	quietly "$FSOP" create_read "$MNT/held" fstat
	quietly "$FSOP" create "$MNT/quick" write 10ms close
	quietly eval 'seq 8 | xargs -P 8 -I{} touch "$MNT/race"'
	wait_until 20 test ! -e "$MNT/quick"
	rm "$MNT/a" "$MNT/b" "$MNT/.lokt/force/locks/c" "$MNT/.lokt/freezes/f" "$MNT/race"
	assert_leases d
	agent_stop session-other
}

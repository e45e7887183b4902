#!/bin/bash
# lock_policy in .git/grite/config.toml: "off" lets overlapping locks of two parties be, anything
# else does not; junk stops the start with its line.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/grite.sh"

stranger_start them env LOKT_OWNER=them
# overlaps POLICY STATUS NAME…: touch, by another party than the one that holds path:src
overlaps() {
	local name status
	for name in "${@:3}"; do
		status=0
		as_agent them "touch $MNT/$name" >"$WORK/said" 2>&1 || status=$?
		assert_eq "$status" "$2" "touch $name under '$1'"
		[[ $2 == 0 ]] || grep -q 'Device or resource busy' "$WORK/said" || fail "$(<"$WORK/said")"
		[[ $2 != 0 ]] || as_agent them "rm $MNT/$name"
	done
}

status_of=([0]=0 [4]=1) # of lokt, and of touch
tries() { # POLICY STATUS
	grite_config "$1"
	grite_mount
	lokt acquire path:src >/dev/null
	local status=0
	as_agent them "cd $REPO && lokt acquire path:src/a.c" >/dev/null 2>&1 || status=$?
	assert_eq "$status" "$2" "a claim below another's under '$1'"
	status=0
	as_agent them "cd $REPO && lokt acquire path:src" >/dev/null 2>&1 || status=$?
	assert_eq "$status" 4 "an equal claim under '$1'"
	overlaps "$1" "${status_of[$2]}" 'path:src%2Fb.c' repo:all
	lokt release path:src >/dev/null
	as_agent them "cd $REPO && lokt unlock --all" >/dev/null
	grite_umount
}
tries "$(snippet toml 1)\n" 4
tries 'lock_policy = "off"\n' 0
tries '\r\n# crlf\r\nlock_policy = '"'off'"' # quotes\r\n[locks]\r\nlock_policy = "require"\r\n' 0
tries 'lock_policy = "require"' 4
tries '[locks]\nlock_policy = "off"\n' 4
tries '' 4

refuses_start() { # LINE TEXT
	grite_config "$2"
	says 5 '' lokt acquire issue:1
	assert_match "$(<"$WORK/stderr")" "grite/config.toml line $1: "
	[[ ! -e $ROOT/locks/. ]] || fail 'it is mounted'
	says 1 '' lokt check x
	assert_match "$(<"$WORK/stderr")" "grite/config.toml line $1: "
}
refuses_start 1 'lock_policy = off\n'
refuses_start 2 '\nlock_policy = "maybe"\n'
refuses_start 3 'lock_policy = "off"\n[table]\njunk\n'
refuses_start 2 'lock_policy = "off"\nlock_policy = "warn"\n'
refuses_start 1 '\xff'

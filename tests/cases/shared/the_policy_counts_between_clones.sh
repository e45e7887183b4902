#!/bin/bash
# strict: under warn and require what overlaps another clone's lock is refused to touch and lokt
# alike; under off only the equal name is.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"

make_remote
for clone in a b; do
	make_clone "$clone"
	mkdir "$WORK/$clone/.git/grite"
done

# under POLICY: both clones, anew
under() {
	local clone
	for clone in a b; do
		[[ ! -e $(root_of "$clone")/daemon ]] || umount_clone "$clone"
		echo "lock_policy = \"$1\"" >"$WORK/$clone/.git/grite/config.toml"
		mount_clone "$clone" remote=origin,shared=strict,interval=1s
	done
}
for policy in warn require; do
	under "$policy"
	at a claim path:src
	for name in path:src path:src/a.c path:src/sub/b.c repo:all; do
		at b is_busy "$name"
		at b fails_with 4 'Lock conflict' "$LOKT" acquire "$name"
	done
	at b claim path:srcs
	at b release path:srcs
	at b claim issue:1
	at a is_busy repo:all
	at b release issue:1
	at a release path:src
	wait_until 10 at b claims repo:all || fail "$policy: released, and still refused"
	at a is_busy path:src
	at a is_busy issue:1
	at b release repo:all
	wait_until 20 has_no_refs "$REMOTE" || fail "left on the remote: $(lock_refs "$REMOTE")"
done
under off
at a claim path:src
at b is_busy path:src
for name in path:src/a.c repo:all; do
	at b claim "$name"
	at a is_busy "$name"
	at b release "$name"
done
at a release path:src
wait_until 20 has_no_refs "$REMOTE" || fail "left on the remote: $(lock_refs "$REMOTE")"

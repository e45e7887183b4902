#!/bin/bash
# A daemon under unshare -m: from outside its namespace ROOT/locks dangles.
. "$(dirname "$0")/../../lib/case.sh"

fuse_is_there || skip 'no /dev/fuse or no fusermount3'
unshare -m true 2>/dev/null || skip 'no mount namespaces here'
mkdir -p "$MNT"
mkfifo "$WORK/go"
# In there, a shell that stays, so that the namespace does. It lets go of its copies of other
# cases' mounts, whose daemons would outlive them.
unshare -m bash -c '
	findmnt -rnt fuse.loktfs -o TARGET | xargs -r umount -l
	"$0" -o "root=$ROOT" "$MNT" && touch "$ROOT/locks/inside" && echo ok >$WORK/inside
	read -r _ <$WORK/go; umount -l "$MNT"' "$LOKTFS" &
inside=$!
also_kill "$inside"
wait_until 10 test -s "$WORK/inside" || fail 'no lock inside'
DAEMONS+=("$(daemon_pid)")
for ((i = 0; i < 50; i++)); do
	fails_with 1 'No such file or directory' touch "$ROOT/locks/x"
done
fails_with 1 'No such file or directory' bash -c ': >$ROOT/locks/x'
[[ -z $(ls -A "$MNT") ]] || fail "a plain file: $(ls -A "$MNT")"
echo >"$WORK/go"
wait "$inside"
wait_until 10 not process_lives "${DAEMONS[-1]}" || fail 'the daemon outlives its mount'

#!/bin/bash
# Each command that a man page shows prints what is shown, in a fresh repository or directory.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/transcript.sh"

fuse_is_there || skip 'no /dev/fuse or no fusermount3'
export LOKT_OWNER=ann LOKT_HOST=vm
export GIT_CONFIG_NOSYSTEM=1

adopt() {
	local mnt
	for mnt in "$1"/.git/lokt/mnt "$1"/{one,two}/.git/lokt/mnt "$1/locks"; do
		MOUNTS+=("$mnt")
	done
}

pages=0
for page in "$TESTS"/../docs/man/*.scd; do
	name=$(basename "$page" .scd)
	grep -q '^\$ ' "$page" || fail "$name has no example"
	pages=$((pages + 1))
	git init -q -b main "$WORK/$name"
	adopt "$WORK/$name"
	cd "$WORK/$name"
	case $name in
	loktfs.8 | lokt-shared.7) ;;
	*) "$LOKT" init >/dev/null ;;
	esac
	transcript_run session "$page"
	transcript_compare "$name"
	cd /
	[[ ! -e $WORK/$name/.locks ]] || (cd "$WORK/$name" && "$LOKT" umount --force >/dev/null)
done
((pages >= 6)) || fail "only $pages pages"

#!/bin/bash
# Each way of asking has a lease of its own, so that touch, which takes it, is one of them. None
# may answer "gone" before the expiry, none "held" a second after it.
. "$(dirname "$0")/../../lib/case.sh"

gone() {
	case $1 in
	test) [[ ! -e $MNT/test ]] ;;
	ls) [[ $'\n'$(ls "$MNT")$'\n' != *$'\nls\n'* ]] ;;
	cat) ! cat "$MNT/cat" ;;
	stat) ! stat "$MNT/stat" ;;
	find) [[ -z $(find "$MNT" -name find) ]] ;;
	touch) as_agent second 'touch $MNT/touch' ;;
	esac
} >/dev/null 2>&1

# Prints by how many µs after the expiry the first "gone" was said: asked, answered.
observe() {
	local expiry asked
	touch -d '+2 seconds' "$MNT/$1"
	expiry=$(stat -c %.6Y "$MNT/$1")
	expiry=${expiry/./}
	until asked=${EPOCHREALTIME/./} && gone "$1"; do
		((${EPOCHREALTIME/./} < expiry + 3000000)) || break
	done
	echo "$((asked - expiry)) $((${EPOCHREALTIME/./} - expiry))" >"$WORK/$1.result"
}

mount_fs
agent_start second env LOKT_OWNER=second
pids=()
for name in test ls cat stat find touch; do
	observe "$name" &
	pids+=($!)
done
wait "${pids[@]}"
for name in test ls cat stat find touch; do
	read -r asked answered <"$WORK/$name.result"
	say "$name: gone at $answered us, last asked at $asked us"
	((answered > -2000)) || fail "$name saw it end $answered us early"
	((asked < 1000000)) || fail "$name saw it $asked us late"
done
assert_eq "$(field touch owner)" second 'who holds it now'

#!/bin/bash
# slow 20
# The journal as a power failure may leave it at any time: at least what was synced, at most what was
# written, cut anywhere in between. Each is started from: what was acknowledged as on the disk is
# held, with its token and its TTL; a release that was not awaited may be missing; nothing else is
# there, and no token is given again.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
ORIGIN=$ROOT
declare -A token=() ttl=() ever=() # what must be held now; what was held at some time
synced=0 highest=0 checks=0 times=()

size() {
	stat -c %s "$ORIGIN/audit.log"
}

# What must hold from now on, with the range in which the journal may be cut.
note_time() {
	local name text=''
	for name in "${!token[@]}"; do
		text+="$name=${token[$name]}=${ttl[$name]} "
	done
	times+=("$synced $(size) $highest $text")
}

# Told, and by that on the disk.
is_on_disk() {
	synced=$(size)
	note_time
}

holds() {
	token[$1]=$(stat -c %i "$MNT/$1")
	ttl[$1]=$(field "$1" ttl_sec)
	ever[$1=${token[$1]}]=1
	((token[$1] <= highest)) || highest=${token[$1]}
}

ask() {
	"$FSOP" open_both "$MNT/.lokt/request" write "$1" >"$WORK/asked" || fail "$1: $(<"$WORK/asked")"
}

note_time
for name in a b; do
	touch "$MNT/$name"
	holds "$name"
	is_on_disk
done
rm "$MNT/a"
unset 'token[a]'
note_time
echo 30m >"$MNT/c"
holds c
is_on_disk
rm "$MNT/b"
unset 'token[b]'
note_time
touch "$MNT/a"
holds a
is_on_disk
echo 2h >"$MNT/.lokt/renew/c"
holds c
is_on_disk
ask '{"op":"acquire","resource":"d","ttl_ms":3600000}'
holds d
is_on_disk
rm "$MNT/c"
unset 'token[c]'
note_time
rm "$MNT/a"
unset 'token[a]'
note_time
flock "$MNT/bound" true # needs no disk, and leaves nothing
note_time
ask '{"op":"release","resource":"d"}'
unset 'token[d]'
is_on_disk
touch "$MNT/c"
holds c
is_on_disk
umount_fs

# check LENGTH HIGHEST LEASE…
check() {
	local length=$1 most=$2 lease name inode seconds
	ROOT=$WORK/cut MNT=$WORK/cut/mnt
	mkdir "$ROOT"
	head -c "$length" "$ORIGIN/audit.log" >"$ROOT/audit.log"
	mount_fs
	for lease in "${@:3}"; do
		IFS='=' read -r name inode seconds <<<"$lease"
		[[ $(stat -c %i "$MNT/$name" 2>/dev/null) == "$inode" ]] ||
			fail "cut at $length: $name with token $inode is lost"
		assert_eq "$(field "$name" ttl_sec)" "$seconds" "cut at $length: the TTL of $name"
	done
	while read -r inode name; do
		[[ -n ${ever[$name=$inode]-} ]] || fail "cut at $length: $name with token $inode never was"
	done < <(find "$MNT" -mindepth 1 -maxdepth 1 -printf '%i %f\n')
	touch "$MNT/new"
	(($(stat -c %i "$MNT/new") > most)) || fail "cut at $length: token $(stat -c %i "$MNT/new") again"
	umount_fs
	unset 'MOUNTS[-1]' 'DAEMONS[-1]'
	rm -r "$ROOT"
	checks=$((checks + 1))
}

# Ends of lines, and a byte inside each.
mapfile -t ends < <(awk '{ end += length($0) + 1; print end }' "$ORIGIN/audit.log")
for time in "${times[@]}"; do
	read -r from to most rest <<<"$time"
	read -ra leases <<<"$rest"
	for end in "${ends[@]}"; do
		for cut in $((end - 7)) "$end"; do
			((cut >= from && cut <= to)) || continue
			check "$cut" "$most" "${leases[@]}"
		done
	done
done
ROOT=$ORIGIN MNT=$ORIGIN/mnt
say "$checks cuts at ${#times[@]} times"
((checks >= 20)) || fail 'too few cuts'

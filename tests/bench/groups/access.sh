# shellcheck shell=bash
# A check: access(2), which is what [ -e ] does.

measure_access() {
	local side name contenders=()
	mount_null null timeout=3600
	mount_root lokt
	for side in "tmpfs $TMPFS" "null $NULL" "lokt $MNT" "locks $ROOT/locks"; do
		[[ $side == locks* ]] || : >"${side#* }/held"
		for name in held free; do
			contenders+=("$name.${side% *}=200:access:${side#* }/$name")
		done
	done
	take 300 "${contenders[@]}"
	end_root
}

rows_access() {
	local name
	for name in held free; do
		row "$name.tmpfs" us "access() on a $name name, tmpfs"
		row "$name.null" us "  null file system, names cached" "$name.tmpfs" tmpfs
		row "$name.lokt" us "  loktfs" "$name.tmpfs" tmpfs '<=1.3'
		row "$name.locks" us '  loktfs, through ROOT/locks' "$name.tmpfs" tmpfs '<=2.6'
	done
}

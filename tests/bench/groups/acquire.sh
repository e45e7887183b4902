# shellcheck shell=bash
# Acquire and release, in C: open(O_CREAT|O_EXCL), close, unlink. Who calls is read twice a pair.

# The processes that are read: those of turns.c, this one, and so on up.
chain_length() {
	local pid=$$ count=1
	while ((pid > 1)) && [[ $(stat -c %u "/proc/$pid") == "$(id -u)" ]]; do
		count=$((count + 1))
		pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status")
	done
	say "$count"
}

measure_acquire() {
	local cached uncached os
	mount_null uncached
	uncached=$NULL
	mount_null null timeout=3600
	cached=$NULL
	mount_root os durability=os
	os=$MNT
	mount_root full durability=full
	take 300 "pair.tmpfs=10:pair:$TMPFS/x" "pair.uncached=10:pair:$uncached/x" \
		"pair.null=10:pair:$cached/x" identity=10:identity: "pair.os=10:pair:$os/x" \
		"append=2:append:$WORK/appended" "pair.full=2:pair:$MNT/x"
	take 10 "null.1=300:crowd-1:$cached/c" "null.8=300:crowd-8:$cached/c" \
		"os.1=300:crowd-1:$os/c" "os.8=300:crowd-8:$os/c" \
		"full.1=300:crowd-1:$MNT/c" "full.8=300:crowd-8:$MNT/c"
	end_root
	use_root os
	end_root
}

rows_acquire() {
	row pair.tmpfs us 'acquire and release: tmpfs'
	row pair.uncached us '  null file system, nothing cached' pair.tmpfs tmpfs
	row pair.null us '  null file system, names cached' pair.tmpfs tmpfs
	row identity us "  who calls, read once: $(chain_length) processes"
	row pair.os us '  loktfs, durability=os' pair.null+2*identity 'null + 2 identities' '<=1.3'
	row append us '  append and fdatasync of a line, this disk'
	row pair.full us '  loktfs, durability=full' 1.3*pair.null+2.6*identity+1.1*append \
		'1.3 (null + 2 identities) + 1.1 appends' '<=1'
	row null.8 us 'a pair of 8 clients: null file system' null.1 'one client'
	row os.8 us '  loktfs, durability=os' os.1 'one client'
	row full.8 us '  loktfs, durability=full' full.1 'one client' '<=0.5'
}

# shellcheck shell=bash
# How late a client that looks all the time sees that a lease has expired.

measure_expiry() {
	local turns
	mount_root expiry durability=os
	for ((turns = $(rounds 25); turns > 0; turns--)); do
		echo 100ms >"$MNT/e"
		sample lateness "$("$LOAD" watch "$MNT/e" | awk '{ printf "%d", $1 * 1e9 }')"
	done
	end_root
}

rows_expiry() {
	row lateness us 'an expiry is seen so late'
}

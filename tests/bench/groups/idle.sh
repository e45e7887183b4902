# shellcheck shell=bash
# What a daemon that nobody uses takes: all threads of the worker and of its supervisor.

# A number of /proc/PID/status, summed over both.
status_sum() {
	cat "/proc/$(daemon_pid)/status" "/proc/$(worker_pid)/status" |
		awk -v key="$1:" '$1 == key { sum += $2 } END { printf "%.3f", sum / 1024 }'
}

own_memory() {
	cat "/proc/$(daemon_pid)/smaps_rollup" "/proc/$(worker_pid)/smaps_rollup" |
		awk '$1 == "Pss:" { sum += $2 } END { printf "%.3f", sum / 1024 }'
}

wake_ups() {
	cat "/proc/$(daemon_pid)/task"/*/status "/proc/$(worker_pid)/task"/*/status |
		awk '/ctxt_switches:/ { sum += $2 } END { print sum }'
}

is_quiet() {
	local since
	since=$(wake_ups)
	nap 0.3
	[[ $(wake_ups) == "$since" ]]
}

measure_idle() {
	local since seconds=10
	[[ -z $QUICK ]] || seconds=1
	mount_root idle
	echo 1h >"$MNT/held"
	wait_until 10 is_quiet || say 'the daemon is not quiet after its start' >&2
	since=$(wake_ups)
	nap "$seconds"
	sample wake_ups $((($(wake_ups) - since) * 60 / seconds))
	sample worker "$(awk '/^VmRSS/ { printf "%.3f", $2 / 1024 }' "/proc/$(worker_pid)/status")"
	sample both "$(status_sum VmRSS)"
	sample own "$(own_memory)"
	end_root
}

rows_idle() {
	row wake_ups '' 'wake-ups a minute, nothing due' - '' '<=0'
	row worker MiB 'resident memory, the worker' - '' '<=6'
	row both MiB '  and its supervisor (what they share twice)' - '' '<=6'
	row own MiB '  both, what is shared by parts (Pss)' - '' '<=6'
}

# shellcheck shell=bash
# Where the time of acquire and release goes in the worker, by perf: the table of lines has nothing
# of it, it is printed behind that.

SYMBOLS=40

# A line a sample: "KIND.NAME" of each frame, the innermost first; KIND is k, c (libc) or l (loktfs).
stacks() {
	perf script -i "$WORK/perf.data" --fields ip,sym,dso 2>/dev/null | awk '
		NF == 0 { if (stack != "") print stack; stack = ""; next }
		{
			dso = $NF
			kind = dso ~ /kernel|vdso/ ? "k" : dso ~ /loktfs/ ? "l" : "c"
			name = $2
			sub(/\+0x.*/, "", name)
			sub(/\..*/, "", name)
			stack = stack " " kind "." name
		}
		END { if (stack != "") print stack }'
}

# shares PROGRAM: of all samples, from a count of what the awk PROGRAM names in the stack.
shares() {
	awk "$1"' END { for (name in count) printf "%6.2f %%  %s\n", count[name] * 100 / NR, name }' \
		"$WORK/stacks" | sort -rn | sed -n "1,${SYMBOLS}p"
}

by_symbol() {
	shares '{ count[substr($1, 3) ($1 ~ /^k/ ? " (kernel)" : $1 ~ /^c/ ? " (library)" : "")]++ }'
}

by_function() {
	shares '{ split("", seen); for (i = 1; i <= NF; i++) if ($i ~ /^l/ && !($i in seen)) {
		seen[$i]; count[substr($i, 3)]++ } }'
}

by_call() {
	shares '{ call = $1 ~ /^k/ ? "(interrupts)" : "(user space)"
		for (i = 1; i <= NF; i++) if ($i == "k.do_syscall_64") {
			j = $(i - 1) == "k.x64_sys_call" ? i - 2 : i - 1
			call = j < 1 ? "(entry and exit)" : substr($j, 3)
			sub(/^(__x64_sys|ksys|do)_/, "", call) }
		count[call]++ }'
}

# section TITLE FUNCTION
section() {
	printf '\n%s\n\n' "$1"
	"$2" | sed 's/^/    /'
}

measure_profile() {
	local seconds=8
	[[ -z $QUICK ]] || seconds=1
	command -v perf >/dev/null || {
		say 'no perf here: no profile' >&2
		return
	}
	mount_root profile durability=os
	"$TOOLS/turns" 1 "profiled=$((seconds * 1000 + 1000)):crowd-1:$MNT/x" >>"$SAMPLES" &
	also_kill $!
	perf record -q -e cpu-clock -F 1999 -g -o "$WORK/perf.data" -p "$(worker_pid)" -- \
		sleep "$seconds" >/dev/null 2>"$WORK/perf.err" || say "perf: $(<"$WORK/perf.err")" >&2
	wait
	end_root
	stacks >"$WORK/stacks"
	{
		section 'By system call:' by_call
		section "Functions of loktfs, with all that they call:" by_function
		section "Symbols, their own time:" by_symbol
	} >"$WORK/profile.md"
	cp "$WORK/profile.md" "$WORK/profile.txt"
}

rows_profile() {
	command -v perf >/dev/null || return 0
	row profiled us 'acquire and release while perf looks on'
}

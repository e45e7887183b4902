# shellcheck shell=bash
# What the groups share: mounts side by side, samples, and rows of the table. A group is
# groups/NAME.sh with measure_NAME(), which takes samples, and rows_NAME(), which says what is made
# of them. samples: "KEY NUMBER" a line, nanoseconds unless the row's unit says otherwise.

BENCH=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# What run's options say.
# shellcheck disable=SC2034 # for run and the groups
PEER='' JSON='' QUICK='' ONLY='' DOC='' MAX=1000000
export BIN=${BIN:-$BENCH/../../build/bin}

# Not before the options are known: case.sh looks for the programs at once.
bench_begin() {
	. "$BENCH/../lib/case.sh"
	# shellcheck disable=SC2317 # the clean-up calls it
	logs() { # of all ROOTs, for the clean-up
		find "$WORK" -maxdepth 2 -name daemon.log
	}
	fuse_is_there || skip 'no /dev/fuse or no fusermount3'
	TOOLS=$BIN/../tests
	SAMPLES=$WORK/samples
	ROWS=$WORK/rows
	STATS=$WORK/stats
	truncate -s 0 "$SAMPLES" "$ROWS"
	mount_tmpfs
}

# All that is compared lies equally deep, because each part of a path costs.
mount_tmpfs() {
	TMPFS=$WORK/tmpfs/mnt
	mkdir -p "$TMPFS"
	if mount -t tmpfs tmpfs "$TMPFS" 2>/dev/null; then
		LATE_MOUNTS+=("$TMPFS")
		return
	fi
	[[ $(stat -f -c %T /dev/shm) == tmpfs ]] || skip 'no tmpfs'
	SHM=$(mktemp -d /dev/shm/lokt-bench.XXXXXX)
	TMPFS=$SHM/mnt
	mkdir "$TMPFS"
	trap finish_shm EXIT
}

# finish() looks at the status itself.
finish_shm() {
	local status=$?
	set +e
	rm -rf "$SHM"
	(exit "$status")
	finish
}

# mount_null NAME [OPTION,…]: sets NULL
mount_null() {
	NULL=$WORK/$1/mnt
	mkdir -p "$NULL"
	"$TOOLS/nullfs" ${2:+-o "$2"} "$NULL"
	MOUNTS+=("$NULL")
}

# use_root NAME: what case.sh does from now on is done to that ROOT
use_root() {
	ROOT=$WORK/$1
	MNT=$ROOT/mnt
}

mount_root() {
	use_root "$1"
	mount_fs "${2-}"
}

# Not case.sh's umount_fs: the last of several mounts is not always meant, and a disk under load may
# take its time.
end_root() {
	local pid
	pid=$(daemon_pid)
	fusermount3 -u "$MNT"
	wait_until 60 not process_lives "$pid" || say "daemon $pid outlives its mount" >&2
}

# Rounds, of which --quick makes a few.
rounds() {
	if [[ -n $QUICK ]]; then
		say $(($1 / 25 + 2))
	else
		say "$1"
	fi
}

# take TURNS CONTENDER…: see turns.c
take() {
	"$TOOLS/turns" "$(rounds "$1")" "${@:2}" >>"$SAMPLES"
}

sample() {
	say "$1 $2" >>"$SAMPLES"
}

# row KEY UNIT LABEL [BASE AGAINST [AIM]]. BASE: "1.3*KEY+200000" and the like, of medians; "-" when
# there is none. AIM: "<=1.3", of the ratio, or of the figure itself without a base.
row() {
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$GROUP" "$1" "$2" "$3" "${4:--}" "${5:-}" \
		"${6:-}" >>"$ROWS"
}

measure_group() {
	GROUP=$1
	say "measuring: $GROUP" >&2
	"measure_$GROUP"
	"rows_$GROUP"
}

# ---- the table

# count, least, 10 %, median, 90 %, most of each key
quantiles() {
	LC_ALL=C sort -k1,1 -k2,2g "$SAMPLES" | awk '
		function flush() {
			if (count)
				print key, count, v[1], v[int((count - 1) * 0.1) + 1],
					v[int((count + 1) / 2)], v[int((count - 1) * 0.9) + 1], v[count]
			count = 0
		}
		$1 != key { flush(); key = $1 }
		{ v[++count] = $2 }
		END { flush() }'
}

# table FORM GROUP-PATTERN: FORM is text, markdown or json
table() {
	awk -v form="$1" -v groups="$2" -v machine="$(machine)" -f "$BENCH/table.awk" "$STATS" "$ROWS"
}

machine() {
	local cpu
	cpu=$(sed -n '0,/^model name/s/^model name[[:space:]]*: //p' /proc/cpuinfo)
	say "$(nproc) × ${cpu:-$(uname -m)}, Linux $(uname -r), disk $(stat -f -c %T "$WORK")," \
		"load $(cut -d ' ' -f 1 /proc/loadavg), $("$LOKT" --version)"
}

# into_doc MARK FILE: into performance.md, between <!-- MARK --> and <!-- /MARK -->
into_doc() {
	local doc=$DOC/performance.md
	awk -v mark="$1" -v file="$2" '
		$0 == "<!-- /" mark " -->" { within = 0 }
		!within { print }
		$0 == "<!-- " mark " -->" {
			within = 1
			while ((getline line <file) > 0)
				print line
		}' "$doc" >"$WORK/doc"
	cat "$WORK/doc" >"$doc"
}

# Each kind of table that there is anything for.
write_doc() {
	local mark pattern
	while read -r mark pattern; do
		table markdown "$pattern" >"$WORK/$mark.md"
		[[ $(wc -l <"$WORK/$mark.md") -le 4 ]] || into_doc "$mark" "$WORK/$mark.md"
	done <<<$'lines ^[^s]|^strict\nscale ^scale'
	[[ ! -s $WORK/profile.md ]] || into_doc profile "$WORK/profile.md"
	[[ ! -s $WORK/scale.svg ]] || cp "$WORK/scale.svg" "$DOC/performance.svg"
}

print_all() {
	quantiles >"$STATS"
	table text . | tee "$WORK/table"
	[[ ! -s $WORK/profile.txt ]] || cat "$WORK/profile.txt"
	[[ -z $JSON ]] || table json . >"$JSON"
	[[ -z $DOC ]] || write_doc
}

# shellcheck shell=bash
# Exclusion judged by what commands noted while they ran; see interval.c. Sourced after guard.sh.
INTERVAL=${INTERVAL:-$BIN/../tests/interval}
export LOKT INTERVAL

# judge FILE COUNT [overlaps] [joined]: of COUNT lines "NAME BEGIN END TOKEN" none began before the
# last one that it excludes had ended, and tokens rise. overlaps: path: excludes what contains it
# and what it contains, repo: all. joined: nested guards have the token of the one around them.
judge() {
	sort -n -k 2 "$1" | awk -v count="$2" -v overlaps="${3:+1}" -v joined="${4:+1}" '
		function excludes(a, b) {
			return a == b || (overlaps && (a ~ /^repo:/ || b ~ /^repo:/ ||
				index(b, a "%2F") == 1 || index(a, b "%2F") == 1))
		}
		NF != 4 { print "no note:", $0; bad = 1; next }
		{
			for (name in end) {
				if (!excludes(name, $1)) continue
				if ($2 < end[name]) { print "overlap:", $0, "with", name, end[name]; bad = 1 }
				if ($4 < token[name] || ($4 == token[name] && !joined)) {
					print "token:", $0, "after", name, token[name]; bad = 1
				}
			}
			if ($3 > end[$1]) end[$1] = $3
			token[$1] = $4
		}
		END { if (NR != count) { print NR, "notes, expected", count; bad = 1 } exit bad }'
}

no_faults() {
	[[ ! -e $WORK/faults ]] || fail "$(head -n 5 "$WORK/faults")"
}

# judge_notes COUNT [overlaps] [joined]: what was noted in WORK; then begins anew.
judge_notes() {
	no_faults
	judge "$WORK/notes" "$@" || fail 'not exclusive'
	rm "$WORK/notes"
}

# lease_of RESOURCE: its file
lease_of() {
	say "$MNT/${1//\//%2F}"
}

# eight_workers FUNCTION ARGUMENT…: as FUNCTION NUMBER ARGUMENT…, side by side.
eight_workers() {
	local number workers=()
	for number in 1 2 3 4 5 6 7 8; do
		("$1" "$number" "${@:2}") &
		workers+=("$!")
	done
	for number in "${workers[@]}"; do
		wait "$number" || fail 'a worker failed'
	done
}

#!/bin/bash
# slow. 8 workers in 200 rounds on 3 resources that overlap, with the default identity and with
# owners of their own: judged by the intervals they noted and by their tokens.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/guard.sh"

# note FILE: the interval of a command, and its token
cat >"$WORK/note" <<'NOTE'
#!/bin/bash
begin=${EPOCHREALTIME/./}
token=$(stat -c %i "$MNT/$2")
mkdir "$WORK/inside.$2" || echo "two at once in $2" >>"$WORK/faults"
rmdir "$WORK/inside.$2"
echo "$2 $begin ${EPOCHREALTIME/./} $token" >>"$1"
NOTE
chmod +x "$WORK/note"

# worker NUMBER NAME…: 25 rounds
worker() {
	local number=$1 name i
	shift
	for ((i = 0; i < 25; i++)); do
		name=$1
		set -- "${@:2}" "$1"
		"$LOKT" guard "$name" --wait --timeout 100s -- "$WORK/note" "$WORK/notes.$number" \
			"${name//\//%2F}" 2>"$WORK/err.$number" || fail "$(<"$WORK/err.$number")"
	done
}

# Sorted by begin, none begins before the last of those it overlaps with has ended; tokens rise.
judge() {
	cat "$WORK"/notes.* | sort -n -k 2 | awk -v overlaps="$1" '
		function related(a, b) {
			return a == b || (overlaps && (index(b, a "%2F") == 1 || index(a, b "%2F") == 1))
		}
		{
			for (name in end) {
				if (!related(name, $1)) continue
				if ($2 < end[name]) { print "overlap:", $0, name, end[name]; bad = 1 }
				if ($4 <= token[name]) { print "token:", $0, token[name]; bad = 1 }
			}
			end[$1] = $3; token[$1] = $4
		}
		END { if (NR != 200) { print NR, "rounds, expected 200"; bad = 1 } exit bad }' ||
		fail 'not exclusive'
	rm "$WORK"/notes.*
	[[ ! -e $WORK/faults ]] || fail "$(<"$WORK/faults")"
}

# run_workers OVERLAPS OWNERS: in OWNERS N is each worker's number
run_workers() {
	local number workers=()
	for number in 1 2 3 4 5 6 7 8; do
		(
			[[ -z $2 ]] || export LOKT_OWNER="${2/N/$number}"
			worker "$number" path:src path:src/a path:src/a/b
		) &
		workers+=("$!")
	done
	for number in "${workers[@]}"; do
		wait "$number" || fail 'a worker failed'
	done
	judge "$1"
	assert_leases
}

run_workers 1 ''
run_workers 1 'owner-N'
# one owner for all is one party: its overlapping names may be held together, one name never
run_workers '' 'same'

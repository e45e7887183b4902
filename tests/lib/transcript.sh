# shellcheck shell=bash
# Runs what a document shows, and compares what it prints with what is shown. Two styles: session,
# literal blocks with "$ " before each command, as in the man pages; blocks, ```sh with the output
# in the ```text behind it, as in the README. All of a document runs in one bash. Sourced after
# case.sh.

# transcript_run STYLE DOCUMENT: fills $WORK/said.N, shown.N and ran.N, a number for each command
# or block. Runs in the present directory.
transcript_run() {
	local mark='@@ said '
	rm -f "$WORK"/said.* "$WORK"/shown.* "$WORK"/ran.*
	awk -v style="$1" -v dir="$WORK" -v mark="$mark" -f "$TESTS/lib/transcript.awk" "$2" \
		>"$WORK/script"
	[[ -e $WORK/ran.1 ]] || fail "$2 shows no commands"
	bash "$WORK/script" >"$WORK/said" 2>&1 </dev/null || true
	awk -v dir="$WORK" -v mark="$mark" '
		index($0, mark) == 1 { file = dir "/said." substr($0, length(mark) + 1); printf "" >file; next }
		file { print >file }' "$WORK/said"
}

# transcript_compare DOCUMENT [FILTER]: the filter makes both sides the same where they may differ;
# in what is shown … stands for anything.
transcript_compare() {
	local number=1 said shown pattern filter=${2:-cat} wrong=0
	while [[ -e $WORK/ran.$number ]]; do
		said=$("$filter" <"$WORK/said.$number") || fail "'$(<"$WORK/ran.$number")' was not reached"
		shown=$("$filter" <"$WORK/shown.$number")
		pattern=$(sed 's/[][\\*?]/\\&/g; s/…/*/g' <<<"$shown")
		# shellcheck disable=SC2053 # a pattern is meant
		if [[ $said != $pattern ]]; then
			printf '%s\n' "$1 shows:" "$(<"$WORK/ran.$number")" "$shown" \
				'-- but it prints:' "$said"
			wrong=$((wrong + 1))
		fi
		number=$((number + 1))
	done
	((wrong == 0)) || fail "$wrong of $((number - 1)) in $1 differ"
}

# shellcheck shell=bash
# Takes the snippets out of the document that the lokt family promises to run as they stand, so
# that its text is what runs. Sourced after case.sh; what they run in is seed.sh's.

SEED=$TESTS/fixtures/seeds/lokt-patterns.md

# snippet 'HEADING' [N [LANGUAGE]]: the Nth block of that language right under that heading.
snippet() {
	awk -v heading="$1" -v wanted="${2:-1}" -v opening="\`\`\`${3:-bash}" '
		/^```/ {
			printing = !inside && here && $0 == opening && ++count == wanted
			found = found || printing
			inside = !inside
			next
		}
		!inside && sub(/^##+ /, "") { here = $0 == heading }
		printing
		END { exit !found }' "$SEED" || fail "the document has no snippet '$1' ${2:-1}"
}

# snippet_commands 'HEADING' [N]: its commands, a line each, for those who run one at a time.
snippet_commands() {
	snippet "$@" | grep -v -e '^#' -e '^$'
}

# snippet_script FILE 'HEADING' [N]: as a program, where the document says it lies.
snippet_script() {
	snippet "${@:2}" >"$1"
	chmod +x "$1"
}

# Heading, tab, number of each block of that language in the document.
snippet_list() {
	awk -v opening="\`\`\`$1" '
		/^```/ && !inside && $0 == opening { print heading "\t" ++count }
		/^```/ { inside = !inside; next }
		!inside && sub(/^##+ /, "") { heading = $0; count = 0 }' "$SEED"
}

# seed_table 'HEADING': the cells of its table's rows, without back-quotes, tab between them.
seed_table() {
	awk -v heading="$1" '
		sub(/^##+ /, "") { here = $0 == heading; rows = 0 }
		here && /^\|/ && ++rows > 2 {
			gsub(/^\| | \|$|`/, "")
			gsub(/ \| /, "\t")
			print
		}' "$SEED"
}

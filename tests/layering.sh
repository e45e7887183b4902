#!/bin/bash
# Checks the layers of docs/architecture.md by the include lines: each part may include what its
# row allows and nothing else. Also that no source file outgrows 500 lines.
set -euo pipefail
cd "$(dirname "$0")/.."

faults=0
complain() {
	echo "$*"
	faults=$((faults + 1))
}

# The house's own headers and foreign libraries; other <…> are libc's and the kernel's.
foreign='cjson/|cJSON|fuse|uthash|utlist|zlib|sha2|md5|pthread'

# A row: files, then what they may include beyond libc; "own" is a header beside the file.
rows() {
	cat <<'ROWS'
include/lokt/[a-z_]+\.h  lokt/[a-z_]+\.h
fs/core/event(_write|_read)?\.c  own|lokt/[a-z_]+\.h|core/[a-z_]+\.h|zlib\.h
fs/core/lockref\.c  own|lokt/[a-z_]+\.h|core/[a-z_]+\.h|sha2\.h
fs/core/  own|lokt/[a-z_]+\.h|core/[a-z_]+\.h
fs/engine/  own|lokt/[a-z_]+\.h|engine/[a-z_]+\.h|uthash\.h|utlist\.h
fs/host/  own|lokt/[a-z_]+\.h|host/[a-z_]+\.h|uthash\.h|utlist\.h|sha2\.h|zlib\.h|pthread\.h
fs/fuse/  own|lokt/[a-z_]+\.h|fuse/[a-z_]+\.h|serve\.h|cached\.h|witness\.h|engine/engine\.h|host/(identity|lockid|area|keep|fault)\.h|fuse_lowlevel\.h|uthash\.h|utlist\.h|pthread\.h
fs/(serve|cached|commit|settle|refusals|repeat|witness|confirm|syncjob)\.[ch]  (serve|cached|commit|settle|refusals|repeat|witness|confirm|syncjob)\.h|lokt/[a-z_]+\.h|engine/engine\.h|host/[a-z_]+\.h|uthash\.h|utlist\.h
fs/reconcile\.[ch]  own|lokt/[a-z_]+\.h
cli/cmd_[a-z]+\.c  own|lokt/[a-z_]+\.h
ROWS
}

may_include() { # FILE INCLUDED ALLOWED
	local file=$1 included=$2 allowed=$3
	[[ ! $included =~ ^($allowed)$ ]] || return 0
	[[ $allowed == own* && $included != */* && -e ${file%/*}/$included ]]
}

# "FILE < INCLUDED" or "FILE \" INCLUDED" a line.
includes() {
	find include fs cli -name '*.[ch]' -print0 | xargs -0 awk '
		match($0, /^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]/) {
			split(substr($0, RLENGTH + 1), rest, /[>"]/)
			print FILENAME, substr($0, RLENGTH, 1), rest[1]
		}'
}

# allowed_to FILE: what it may include, by the first row whose pattern matches it; status 1: anything
allowed_to() {
	local i
	for ((i = 0; i < ${#PATTERNS[@]}; i++)); do
		if [[ $1 =~ ^${PATTERNS[i]} ]]; then
			allowed=${ALLOWED[i]}
			return
		fi
	done
	return 1
}

check_layers() {
	local file mark included pattern allowed
	PATTERNS=() ALLOWED=()
	while read -r pattern allowed; do
		PATTERNS+=("$pattern")
		ALLOWED+=("$allowed")
	done < <(rows)
	while read -r file mark included; do
		if [[ $mark == '<' && ! $included =~ ^($foreign) ]]; then
			[[ ! $included =~ ^lokt/ ]] || complain "$file: <$included> wants quotes"
			continue
		fi
		! allowed_to "$file" || may_include "$file" "$included" "$allowed" ||
			complain "$file: may not include $included"
	done < <(includes)
}

# Rules that an include line alone does not show.
never() { # WHY PATTERN FILE…
	local why=$1 pattern=$2 hits
	shift 2
	hits=$(grep -nE "$pattern" "$@" /dev/null || true)
	[[ -z $hits ]] || complain "$why:"$'\n'"$hits"
}

check_words() {
	local -a contract core engine commands fuse door others
	mapfile -t contract < <(find include -name '*.h')
	mapfile -t core < <(find fs/core -name '*.[ch]')
	mapfile -t engine < <(find fs/engine -name '*.[ch]')
	mapfile -t fuse < <(find fs/fuse -name '*.[ch]')
	mapfile -t commands < <(find cli -name 'cmd_*.[ch]')
	never 'a foreign type in the contract' 'cJSON|\bfuse_[a-z]+_t\b|struct fuse_' "${contract[@]}"
	never 'the core and the engine read no clock, file or process' \
		'\b(clock_gettime|gettimeofday|time|open|openat|fopen|fork|getpid|printf|puts|perror)\(' \
		"${core[@]}" "${engine[@]}"
	mapfile -t others < <(find include fs cli -name '*.[ch]' |
		grep -vE '^fs/core/|^fs/rootdir\.c$|^cli/(client|daemonfile)\.c$')
	never 'JSON is read by few files' '#include.*core/json' "${others[@]}"
	never 'there is one reader of JSON' '#include.*cJSON' "${core[@]}" "${others[@]}"
	never 'a command includes another command, the daemon or reads JSON' \
		'#include.*(cmd_|core/|engine/|host/|fuse|serve\.h|fs/)' "${commands[@]}"
	never 'the journal and child processes are not the kernel side'"'"'s' \
		'#include.*(journal|gitsync|spawn)\.h' "${fuse[@]}"
	mapfile -t door < <(find fs -maxdepth 1 -name '*.[ch]' |
		grep -E '/(serve|commit|settle|refusals|witness)\.')
	never 'the door knows no FUSE' '#include.*fuse|\bfuse_' "${door[@]}"
}

check_sizes() {
	local file lines
	while read -r lines file; do
		complain "$file: $lines lines, more than 500"
	done < <(find fs cli include -name '*.[ch]' -print0 | xargs -0 wc -l |
		awk '$2 != "total" && $1 > 500')
}

check_layers
check_words
check_sizes
[[ $faults == 0 ]] || echo "$faults faults in the layers"
[[ $faults == 0 ]]

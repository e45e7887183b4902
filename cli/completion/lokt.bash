# shellcheck shell=bash
# Completion of lokt for bash: commands and options as lokt itself lists them, lock names from the
# mount. Starts no daemon. Uses nothing of bash-completion but its loader.

_lokt_commands() {
	lokt --help 2>/dev/null | sed -n 's/^  \([a-z]*\)  *.*/\1/p'
}

_lokt_options() {
	lokt "$1" --help 2>/dev/null | sed -n 's/^  \(-[-a-z]*\).*/\1/p'
	echo --help
}

# Names in a directory of the mount, as people write them where only slashes are encoded.
_lokt_names() {
	local directory name decoded
	directory=$(lokt path 2>/dev/null)/${1-} || return
	for name in "$directory"/*; do
		[[ -e $name ]] || continue
		name=${name##*/}
		decoded=${name//%2F//}
		[[ $decoded == *%* ]] || name=$decoded
		echo "$name"
	done
}

# What the option before the cursor wants, if it wants something; status 1 if not.
_lokt_value() {
	case $1 in
	--name | --resource) _lokt_names ;;
	--on-lost) echo term warn ;;
	--format) echo markdown claude-md agents-md copilot aider cursorrules windsurfrules clinerules ;;
	--event) echo acquire deny release renew expire holder-dead force-break stale-break freeze \
		unfreeze force-unfreeze freeze-deny grant import conflict ;;
	-o)
		[[ $2 != wrap && $2 != timeline ]] || { compgen -f -- "$3" || true; return 0; }
		echo ttl= max_leases= durability=full durability=os allow_other remote= shared=off \
			shared=async shared=strict interval= skew= strict_wait=
		;;
	--pid) ps -u "$(id -u)" -o pid= 2>/dev/null ;;
	--ttl | --timeout) echo 30s 5m 30m 1h ;;
	--since) echo 10m 1h 1d 7d ;;
	--owner | --note | --actor | --lock-id) ;;
	*) return 1 ;;
	esac
}

# What may stand on the line besides options.
_lokt_arguments() {
	case $1 in
	lock | unlock | renew | guard | wrap | exists | status | top | why | freeze | path | acquire | release)
		_lokt_names
		;;
	unfreeze) _lokt_names .lokt/freezes ;;
	help) _lokt_commands ;;
	hook) echo install ;;
	sync) git remote 2>/dev/null ;;
	check) compgen -f -- "$2" ;;
	esac
}

# Behind --: the completion of that command where bash-completion is loaded, else its name or a file.
_lokt_behind() {
	if declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif ((COMP_CWORD == $1)); then
		mapfile -t COMPREPLY < <(compgen -c -f -- "$2" || true)
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$2" || true)
	fi
}

_lokt() {
	local line=${COMP_LINE:0:COMP_POINT} words word before command='' index candidates
	# the words as the shell will see them: readline also ends one at : and =
	read -ra words <<<"$line"
	word=''
	[[ $line == *[[:space:]] ]] || { word=${words[-1]} && unset 'words[-1]'; }
	before=${words[-1]-}
	for ((index = 1; index < COMP_CWORD; index++)); do
		[[ ${COMP_WORDS[index]} != -- ]] || { _lokt_behind $((index + 1)) "$word" && return; }
	done
	for ((index = 1; index < ${#words[@]}; index++)); do
		[[ ${words[index]} == -* ]] || { command=${words[index]} && break; }
	done

	COMPREPLY=()
	if [[ -z $command ]]; then
		candidates="$(_lokt_commands) --help --version"
	elif candidates=$(_lokt_value "$before" "$command" "$word"); then
		:
	elif [[ $word == -* ]]; then
		candidates=$(_lokt_options "$command")
	else
		candidates=$(_lokt_arguments "$command" "$word")
	fi
	mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$word" || true)
	# what stands before the last : is on the line already
	if [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then
		COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*:}"}"}")
	fi
}

complete -F _lokt lokt

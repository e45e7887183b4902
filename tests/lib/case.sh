# shellcheck shell=bash
# What every case begins with: a private ROOT and mount, agents to act for, checks that say what
# they found, and a clean-up that runs whatever happens. Runner: tests/run. Agents: agent.sh.
# Given from outside: LOKTFS, LOKT, FSOP, LOAD, WAITERS, GRANTS, TERMINAL (programs), LOKTFS_DEV
# (the daemon with test hooks), OPTIONS (of every mount, as for -o), KEEP=1 (leave the directory).
set -Eeuo pipefail

TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CASE=$(realpath "$0")
BIN=${BIN:-$TESTS/../build/bin}
LOKTFS=${LOKTFS:-$BIN/loktfs}
LOKT=${LOKT:-$BIN/lokt}
FSOP=${FSOP:-$BIN/../tests/fsop}
LOAD=${LOAD:-$BIN/../tests/load}
WAITERS=${WAITERS:-$BIN/../tests/waiters}
GRANTS=${GRANTS:-$BIN/../tests/grants}
TERMINAL=${TERMINAL:-$BIN/../tests/terminal}
LOKTFS_DEV=${LOKTFS_DEV:-$TESTS/../build/dev/bin/loktfs}

# Programs leave with this status where the house's own tests are skipped.
SKIPPED=77

# Whoever runs the tests may have an identity; the cases give their own.
unset "${!LOKT_@}" "${!GRITE_@}" "${!GIT_@}" NO_COLOR
export LC_ALL=C TZ=UTC

WORK=$(mktemp -d "${TMPDIR:-/tmp}/lokt-case.XXXXXX")
ROOT=$WORK/root
MNT=$ROOT/mnt
export WORK ROOT MNT HOME=$WORK PATH=$BIN:$PATH
export ASAN_OPTIONS=log_path=$WORK/asan:abort_on_error=0 UBSAN_OPTIONS=log_path=$WORK/asan
export TSAN_OPTIONS=log_path=$WORK/asan
MOUNTS=()     # every directory that a helper here has mounted on
LATE_MOUNTS=() # what a ROOT lies on: unmounted after the log was read
DAEMONS=()    # pids of the daemons behind them
STARTED=()    # pids of agents and of what the case registers with also_kill
EXPECT_LOG='' # lines of daemon.log that match are meant to be there

mkfifo "$WORK/nap.fifo"
exec {NAP}<>"$WORK/nap.fifo"

# Sleeps without starting a process; only for polling.
nap() {
	read -rt "$1" -u "$NAP" _ || true
}

say() {
	printf '%s\n' "$*"
}

fail() {
	say "FAILED: $*" >&2
	exit 1
}

skip() {
	say "skipped: $*"
	exit "$SKIPPED"
}

now_us() {
	say "${EPOCHREALTIME/./}"
}

# wait_until SECONDS COMMAND…: true as soon as the command is, false after that time.
wait_until() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	until "$@" 2>/dev/null; do
		((${EPOCHREALTIME/./} < end)) || return 1
		nap 0.01
	done
}

# not COMMAND…: usable as a condition, and not subject to set -e as ! is.
not() {
	if "$@"; then return 1; fi
}

# A zombie has ended, but not while other threads of it still let go of its files.
process_lives() {
	local state tasks
	{ read -r state <"/proc/$1/stat"; } 2>/dev/null || return 1
	state=${state##*) }
	tasks=("/proc/$1/task"/*)
	[[ $state != X* && ($state != Z* || ${#tasks[@]} -gt 1) ]]
}

# ---- checks

assert() {
	"$@" || fail "not true: $*"
}

assert_eq() {
	[[ $1 == "$2" ]] || fail "${3:-value} is '$1', expected '$2'"
}

assert_match() {
	[[ $1 =~ $2 ]] || fail "${3:-text} is '$1', expected to match '$2'"
}

# Held means so for test, for ls and for a reader alike.
assert_held() {
	local name
	for name; do
		[[ -e $MNT/$name ]] || fail "$name is not held"
		find "$MNT" -maxdepth 1 -name "$name" | grep -q . || fail "ls does not list $name"
		jq -e .lock_id "$MNT/$name" >/dev/null || fail "$name has no JSON"
	done
}

assert_free() {
	local name
	for name; do
		[[ ! -e $MNT/$name ]] || fail "$name is held: $(cat "$MNT/$name" 2>&1)"
		[[ -z $(find "$MNT" -maxdepth 1 -name "$name") ]] || fail "ls lists $name"
	done
}

# Exactly these names are in the mount, in any order.
assert_leases() {
	local found
	found=$(find "$MNT" -mindepth 1 -maxdepth 1 -type f -printf '%f\n' | sort | paste -sd ' ')
	assert_eq "$found" "$(printf '%s\n' "$@" | sort | paste -sd ' ')" "the list of leases"
}

# fails_with STATUS "part of the message" COMMAND…
fails_with() {
	local expected=$1 part=$2 status=0 output
	shift 2
	output=$("$@" 2>&1 </dev/null) || status=$?
	[[ $status == "$expected" ]] || fail "'$*' ended with $status, expected $expected: $output"
	[[ $output == *"$part"* ]] || fail "'$*' said '$output', expected '$part'"
}

# refuses ERRNO OP…: fsop's call ends with that very errno.
refuses() {
	local expected=$1 output
	shift
	if output=$("$FSOP" "$@" 2>&1); then fail "fsop $* succeeded, expected $expected"; fi
	[[ $(tail -n 1 <<<"$output") == *" $expected" ]] ||
		fail "fsop $* said '$output', expected $expected"
}

# field NAME KEY: of a lease's JSON; "null" when the key is absent.
field() {
	jq -r ".$2" "$MNT/$1"
}

# In the background of the case's shell: a pid that the clean-up ends.
also_kill() {
	STARTED+=("$@")
}

# ---- the mount

# Who keeps the mount; it lives as long as that.
daemon_pid() {
	jq -r .pid "$ROOT/daemon"
}

# Who serves it at present.
worker_pid() {
	jq -r .worker "$ROOT/daemon"
}

is_new_worker() {
	local pid
	pid=$(worker_pid)
	[[ $pid != "$1" ]] && process_lives "$pid"
}

# Returns when another one serves.
kill_worker() {
	local pid
	pid=$(worker_pid)
	kill -9 "$pid"
	wait_until 10 is_new_worker "$pid" || fail "nobody has replaced worker $pid"
}

is_mounted() {
	mountpoint -q "$1"
}

fuse_is_there() {
	[[ -c /dev/fuse ]] && command -v fusermount3 >/dev/null
}

# mount_fs [OPTION,…]: starts $LOKTFS on this case's ROOT and waits for nothing: it answers once
# loktfs has returned.
mount_fs() {
	fuse_is_there || skip "no /dev/fuse or no fusermount3"
	mkdir -p "$MNT" 2>/dev/null || true # stat of a dead mount fails; loktfs deals with it
	MOUNTS+=("$MNT")
	"$LOKTFS" -o "root=$ROOT${1:+,$1}${OPTIONS:+,$OPTIONS}" "$MNT" || fail "loktfs did not start: status $?"
	DAEMONS+=("$(daemon_pid)")
}

umount_fs() {
	fusermount3 -u "$MNT"
	wait_until 10 not process_lives "${DAEMONS[-1]}" || fail "the daemon outlives its mount"
}

# Both of its processes at once: each alone is replaced by the other.
kill_daemon() {
	local pid worker
	pid=$(daemon_pid)
	worker=$(worker_pid)
	kill -STOP "$worker"
	kill -9 "$pid" "$worker"
	wait_until 10 not process_lives "$pid" || fail "the daemon survived SIGKILL"
	wait_until 10 not process_lives "$worker" || fail "the worker survived SIGKILL"
}

# descriptors_of PID…: how many they have, without those of the callers that the daemon knows by two
# each, a pidfd and a directory in /proc. Of these there may be 68 (fs/host/kin.h).
descriptors_of() {
	local pid fds known
	fds=0
	for pid; do
		known=$(find "/proc/$pid/fd" -mindepth 1 -lname '/proc/[0-9]*' | wc -l)
		((known <= 68)) || fail "$known callers are known"
		fds=$((fds + $(find "/proc/$pid/fd" -mindepth 1 | wc -l) - 2 * known))
	done
	say "$fds"
}

# ---- agents: long-lived processes that run each command in a fresh bash -c

# agent_start NAME [WRAPPER…]: the wrapper may be env A=b, setsid -f and the like.
agent_start() {
	local dir=$WORK/agent.$1
	shift
	mkdir -p "$dir"
	mkfifo "$dir/in" "$dir/out"
	if [[ ${1:-} == orphan ]]; then
		"$@" bash "$TESTS/lib/agent.sh" "$dir" </dev/null
	else
		"$@" bash "$TESTS/lib/agent.sh" "$dir" </dev/null &
	fi
	wait_until 10 test -s "$dir/pid" || fail "the agent does not start"
	also_kill "$(<"$dir/pid")"
}

# An agent that is no child of the case's shell: to what that shell holds it is a stranger.
stranger_start() {
	local name=$1
	shift
	agent_start "$name" orphan "$@"
}

# Returns when the parent of what it starts has ended.
orphan() {
	("$@" &)
}

agent_pid() {
	say "$(<"$WORK/agent.$1/pid")"
}

agent_stop() {
	local pid
	pid=$(agent_pid "$1")
	kill -9 "$pid"
	wait_until 10 not process_lives "$pid" || fail "agent $1 does not end"
}

# as_agent NAME 'COMMAND': bash -c 'COMMAND' under that agent; its output and status are ours.
as_agent() {
	local dir=$WORK/agent.$1 status
	printf '%s' "$2" >"$dir/command"
	echo go >"$dir/in"
	read -rt 120 status <"$dir/out" || fail "agent $1 does not answer"
	cat "$dir/stdout"
	cat "$dir/stderr" >&2
	return "$status"
}

# The same where bash may not exec the last command in its own place.
as_agent_forking() {
	# shellcheck disable=SC2016 # for the agent's shell
	as_agent "$1" "$2"'
exit $?'
}

# ---- the end

# The daemons' logs; a case with several ROOTs has more.
logs() {
	say "$ROOT/daemon.log"
}

log_faults() {
	logs | xargs -r -d '\n' \
		grep -nsE 'error:|ERROR|AddressSanitizer|runtime error|[Aa]ssert|worker (has left|was ended)' |
		grep -v 'worker was ended by signal 9$' |
		{ if [[ -n $EXPECT_LOG ]]; then grep -vE "$EXPECT_LOG"; else cat; fi; } || true
}

show_logs() {
	local log
	logs | while read -r log; do
		[[ -s $log ]] || continue
		say "---- the end of ${log#"$WORK/"} (all of it: $WORK)"
		tail -n 20 "$log"
	done >&2
}

# Processes of this case, which know WORK from their environment: daemons, or all others.
of_this_case() {
	local file pid kind files=(/proc/[0-9]*/environ)
	while read -r file; do
		pid=${file//[!0-9]/}
		[[ $pid != "$$" && $pid != "$BASHPID" ]] || continue
		kind=others
		! is_daemon "$pid" || kind=daemons
		[[ $1 != "$kind" ]] || say "$pid"
	done < <(grep -lszxF "WORK=$WORK" "${files[@]}" || true)
}

# Also what a command of the case has left behind.
left_behind() {
	of_this_case others
}

stop_started() {
	local pid
	for pid in "${STARTED[@]}" $(jobs -p) $(left_behind); do
		kill -9 "$pid" 2>/dev/null || true
	done
}

is_daemon() {
	local name
	process_lives "$1" && { read -r name <"/proc/$1/comm"; } 2>/dev/null &&
		[[ $name =~ ^(loktfs|memcheck) ]]
}

# For the runner, whose children they are not: a line of clock ticks each.
count_daemons() {
	local pid
	for pid in $(of_this_case daemons); do
		awk '{ print $14 + $15 + $16 + $17 }' "/proc/$pid/stat"
	done >>"$DAEMONS_CPU"
} 2>/dev/null

# Status 1 when a daemon had to be killed.
stop_daemons() {
	local dir pid clean=0
	for dir in "${MOUNTS[@]}"; do
		fusermount3 -u "$dir" 2>/dev/null || umount -l "$dir" 2>/dev/null || true
	done
	for pid in "${DAEMONS[@]}" $(of_this_case daemons); do
		is_daemon "$pid" || continue
		wait_until 20 not process_lives "$pid" && continue
		say "daemon $pid did not end when its mount did" >&2
		kill -9 "$pid" 2>/dev/null || true
		clean=1
	done
	return "$clean"
}

finish() {
	local status=$? faults dir
	trap - EXIT ERR
	set +e
	cd /
	stop_started
	[[ -z ${DAEMONS_CPU-} ]] || count_daemons
	stop_daemons || [[ $status != 0 ]] || status=1
	faults=$(log_faults; cat "$WORK"/asan* 2>/dev/null)
	if [[ -n $faults && $status != "$SKIPPED" ]]; then
		say "the daemon's log smells of a fault:" "$faults" >&2
		status=1
	fi
	if [[ $status != 0 && $status != "$SKIPPED" ]]; then
		show_logs
		say "repeat: tests/run --only ${CASE#"$TESTS/cases/"} --bin $BIN" >&2
	fi
	for dir in "${LATE_MOUNTS[@]}"; do
		umount "$dir" || umount -l "$dir"
	done
	if [[ -z ${KEEP:-} && ($status == 0 || $status == "$SKIPPED") ]]; then
		rm -rf --one-file-system "$WORK"
	fi
	exit "$status"
}
trap finish EXIT
trap 'say "FAILED: line $LINENO of ${BASH_SOURCE[0]##*/}: $BASH_COMMAND" >&2' ERR

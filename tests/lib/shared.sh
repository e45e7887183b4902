# shellcheck shell=bash
# For cases about shared leases: a bare repository on this disk is the remote, each clone stands
# for a machine (LOKT_HOST) with a ROOT, a mount and a daemon of its own. Lock refs are read and
# written by hand with git alone. Sourced after case.sh; exclusion is judged by judge().

fuse_is_there || skip 'no /dev/fuse or no fusermount3'
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1

REMOTE=$WORK/remote.git
LOCKS=refs/grite/locks
# shellcheck disable=SC2034 # for the cases
US=64d15a2c383e2161772f9cea23e87222
THEM=e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0
SOON=${SOON:-5} # s in which what happens by itself has happened on a machine under load
CLONES=()       # names of clones, for the logs
ROOT_DIRS=()    # ROOTs outside of clones

# As somebody with a name; what lokt runs must do without one.
git_as_us() {
	git -c user.name=case -c user.email=case@example.org "$@"
}

# make_remote [GIT INIT OPTION…]: a bare repository with one commit
make_remote() {
	git init -q --bare -b main "$@" "$REMOTE"
	git init -q -b main "$@" "$WORK/first"
	git_as_us -C "$WORK/first" commit -q --allow-empty -m first
	git -C "$WORK/first" push -q "$REMOTE" main
}

# make_clone NAME [GIT CLONE OPTION…]
make_clone() {
	git clone -q "${@:2}" "$REMOTE" "$WORK/$1"
	CLONES+=("$1")
}

root_of() {
	say "$WORK/$1/.git/lokt"
}

# at CLONE COMMAND…: in it and on its machine; MNT and ROOT are its own meanwhile.
at() {
	local -x ROOT MNT LOKT_HOST=host-$1
	local status back=$PWD
	ROOT=$(root_of "$1")
	MNT=$ROOT/mnt
	cd "$WORK/$1" || return
	shift
	"$@"
	status=$?
	cd "$back" || return
	return "$status"
}

# start_daemon [OPTION,…]: of the ROOT here, which the clean-up ends.
start_daemon() {
	MOUNTS+=("$MNT")
	"$LOKT" mount ${1:+-o "$1"} >/dev/null || fail "lokt mount -o '${1-}' ended with $?"
	DAEMONS+=("$(daemon_pid)")
}

# mount_clone NAME [OPTION,…]
mount_clone() {
	at "$1" start_daemon "${2-}"
}

umount_clone() {
	local pid
	pid=$(at "$1" daemon_pid)
	at "$1" "$LOKT" umount --force >/dev/null
	wait_until 10 not process_lives "$pid" || fail "the daemon of $1 outlives its mount"
}

# two_clones [OPTION,…]: a and b, mounted
two_clones() {
	local clone
	[[ -d $REMOTE ]] || make_remote
	for clone in a b; do
		make_clone "$clone"
		mount_clone "$clone" "${1-}"
	done
}

# strict_clones [OPTION,…]
strict_clones() {
	two_clones "remote=origin,shared=strict,interval=1s${1:+,$1}"
}

# ---- refs, as git shows them

hash_of() {
	printf %s "$1" | sha256sum | cut -c1-16
}

ref_of() {
	say "$LOCKS/$(hash_of "$1")"
}

# lock_refs DIRECTORY: a line each, "REF COMMIT"
lock_refs() {
	git -C "$1" for-each-ref --format='%(refname) %(objectname)' "$LOCKS/"
}

has_ref() {
	git -C "$1" rev-parse -q --verify "$(ref_of "$2")" >/dev/null
}

has_no_refs() {
	[[ -z $(lock_refs "$1") ]]
}

# ref_field DIRECTORY RESOURCE KEY: of its lock.json
ref_field() {
	git -C "$1" cat-file blob "$(ref_of "$2"):lock.json" | jq -r ".$3"
}

# is_mirrored DIRECTORY RESOURCE ID: that lease stands there.
is_mirrored() {
	[[ $(ref_field "$1" "$2" nonce) == "$3" ]]
}

in_ms() {
	say $((${EPOCHREALTIME/./} / 1000 + $1))
}

new_id() {
	od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}

# put_json DIRECTORY REF [OWNER HOST] <lock.json: a commit that holds it, and the ref to it
put_json() {
	local blob tree commit
	blob=$(git -C "$1" hash-object -w --stdin)
	tree=$(printf '100644 blob %s\tlock.json\n' "$blob" | git -C "$1" mktree)
	commit=$(git -c "user.name=${3:-nina}" -c "user.email=lokt@${4:-elsewhere}" -C "$1" \
		commit-tree -m lock "$tree")
	git -C "$1" update-ref "$2" "$commit"
}

# put_lock DIRECTORY RESOURCE EXPIRES_UNIX_MS [NONCE [OWNER HOST]]: as any other program writes it
put_lock() {
	jq -cn --arg owner "$THEM" --arg nonce "${4:-$(new_id)}" --argjson expires "$3" \
		--arg resource "$2" \
		'{owner: $owner, nonce: $nonce, expires_unix_ms: $expires, resource: $resource}' |
		put_json "$1" "$(ref_of "$2")" "${5:-nina}" "${6:-elsewhere}"
}

drop_ref() {
	git -C "$1" update-ref -d "$(ref_of "$2")"
}

# ---- leases

file_of() {
	say "${1//\//%2F}"
}

lock_id() {
	field "$(file_of "$1")" lock_id
}

is_held() {
	[[ -e $MNT/$(file_of "$1") ]]
}

# holds ID RESOURCE: that very lease stands here.
holds() {
	[[ $(lock_id "$2") == "$1" ]]
}

claim() {
	touch "$MNT/$(file_of "$1")"
}

release() {
	rm "$MNT/$(file_of "$1")"
}

# is_busy RESOURCE: a claim is refused as held
is_busy() {
	fails_with 1 'Device or resource busy' touch "$MNT/$(file_of "$1")"
}

# claims RESOURCE: nobody was in the way; for wait_until
claims() {
	touch "$MNT/$(file_of "$1")" 2>/dev/null
}

# soon CONDITION…
soon() {
	wait_until "$SOON" "$@" || fail "not within $SOON s: $*"
}

# audit_has EVENT RESOURCE: in the trail of the ROOT here
audit_has() {
	jq -c --arg event "$1" --arg name "$2" 'select(.event == $event and .name == $name)' \
		"$ROOT/audit.log" | grep -q .
}

ln -s "$(realpath "$LOKT")" "$WORK/grite"
grite_lock() {
	"$WORK/grite" lock "$@"
}

# conflict_on RESOURCE: what is listed about it, a line each
conflict_on() {
	grite_lock status --json |
		jq -c --arg name "$1" '.data.conflicts[] | select(.resource == $name)'
}

# asked OP RESOURCE [MORE]: through the request file; its answer
asked() {
	"$FSOP" open_both "$MNT/.lokt/request" \
		write "{\"op\":\"$1\",\"resource\":\"$2\"${3-}}" read | sed -n 's/^.*{"ok"/{"ok"/p'
}

# sync_here: lokt sync, which may find that another was first (status 4)
sync_here() {
	local status=0
	"$LOKT" sync "$@" >"$WORK/said.${LOKT_HOST-}" 2>&1 || status=$?
	[[ $status == 0 || $status == 4 ]] ||
		fail "lokt sync on ${LOKT_HOST-} ended with $status: $(<"$WORK/said.${LOKT_HOST-}")"
	export SYNC_STATUS=$status
}

# sync_all CLONE…: in that order
sync_all() {
	local clone
	for clone; do
		at "$clone" sync_here
	done
}

# took_ms COMMAND…: how long it took, whatever it said; its status is in $WORK/status
took_ms() {
	local since status=0
	since=$(now_us)
	"$@" >"$WORK/stdout" 2>"$WORK/stderr" </dev/null || status=$?
	say "$status" >"$WORK/status"
	say $((($(now_us) - since) / 1000))
}

# ---- processes of git

# children_of PID: all below it
children_of() {
	local child children
	read -rd '' -a children < <(cat "/proc/$1/task"/*/children 2>/dev/null) || true
	for child in "${children[@]}"; do
		say "$child"
		children_of "$child"
	done
}

# What runs in this case's name and is no shell of it: git, and what git has started.
stray_processes() {
	local pid
	for pid in $(left_behind); do
		[[ $(<"/proc/$pid/comm") != bash ]] || continue
		say "$pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
	done 2>/dev/null
}

no_stray_processes() {
	[[ -z $(stray_processes) ]]
}

# no_leftovers GIT-DIRECTORY: neither locks of git nor half-written objects
no_leftovers() {
	local found
	found=$(find "$1" -path "$1/lokt" -prune -o \
		\( -name '*.lock' -o -name 'tmp_*' -o -name 'incoming-*' -o -name '*.tmp' -o -name 'fast_import_crash*' \) -print)
	[[ -z $found ]] || fail "left behind: $found"
}

# ---- the check of exclusion

# judge FILE [COUNT]: of lines "RESOURCE BEGIN END TOKEN CLONE" (monotonic us) none began before
# each one that it excludes had ended, and tokens rise for a resource in a clone. path: excludes
# what contains it and what it contains, repo: everything.
judge() {
	sort -n -k 2 "$1" | awk -v count="${2:--1}" '
		function excludes(a, b) {
			return a == b || a ~ /^repo:/ || b ~ /^repo:/ ||
				(a ~ /^path:/ && b ~ /^path:/ && (index(b, a "/") == 1 || index(a, b "/") == 1))
		}
		NF != 5 || $2 !~ /^[0-9]+$/ || $3 < $2 { print "no note:", $0; bad = 1; next }
		{
			for (name in end) {
				if (!excludes(name, $1)) continue
				if ($2 + 0 < end[name]) { print "overlap:", $0, "with", last[name]; bad = 1 }
			}
			if (($5, $1) in token && $4 + 0 <= token[$5, $1]) { print "token:", $0, "after", token[$5, $1]; bad = 1 }
			if ($3 + 0 > end[$1]) { end[$1] = $3 + 0; last[$1] = $0 }
			token[$5, $1] = $4 + 0
		}
		END { if (count >= 0 && NR != count) { print NR, "notes, expected", count; bad = 1 } exit bad }'
}

# note_hold RESOURCE CLONE HOLD_US: the line of a lease that is held now. Status 1: it is not, or
# not for all of that time.
note_hold() {
	local file
	file=$MNT/$(file_of "$1")
	"$FSOP" now stat "$file" pause "$3" stat "$file" now | awk -v name="$1" -v clone="$2" '
		$2 == "now" { at[++times] = $1 }
		$2 == "stat" { token[++stats] = $1 }
		END {
			if (times != 2 || stats != 2 || token[1] != token[2]) exit 1
			print name, at[1], at[2], token[1], clone
		}'
}

# ---- the end: every clone has a log

logs() {
	local clone root
	for clone in "${CLONES[@]}"; do
		say "$(root_of "$clone")/daemon.log"
	done
	for root in "${ROOT_DIRS[@]}"; do
		say "$root/daemon.log"
	done
}

# shellcheck shell=bash
# The cgroup freezer, version 2 or 1, for processes of a case; skips loudly where there is none
# that may be written. Sourced after case.sh.

# What is in it is thawed and goes back before the directory is removed.
cgroup_end() {
	local pid
	[[ -n ${CGROUP-} ]] || return 0
	thaw
	while read -r pid; do
		echo "$pid" >"$CGROUP_HOME/cgroup.procs" || true
	done <"$CGROUP/cgroup.procs"
	rmdir "$CGROUP"
} 2>/dev/null

# cgroup_make HOME: a group under it with a freezer
cgroup_make() {
	local group=$1/${WORK##*/}
	mkdir "$group" 2>/dev/null || return 1
	if [[ -w $group/cgroup.freeze || -w $group/freezer.state ]]; then
		CGROUP_HOME=$1 CGROUP=$group
		return
	fi
	rmdir "$group"
	return 1
}

cgroup_find() {
	local home
	while read -r home; do
		cgroup_make "$home" && return
	done < <(findmnt -rnt cgroup2 -o TARGET; findmnt -rnt cgroup -O freezer -o TARGET)
	return 1
}

is_frozen() {
	grep -qx 'frozen 1' "$CGROUP/cgroup.events" 2>/dev/null ||
		grep -qx FROZEN "$CGROUP/freezer.state" 2>/dev/null
}

# freeze_begins PID…: one that waits in the kernel freezes only when its call is over
freeze_begins() {
	local pid
	for pid; do
		echo "$pid" >"$CGROUP/cgroup.procs"
	done
	if [[ -e $CGROUP/cgroup.freeze ]]; then
		echo 1 >"$CGROUP/cgroup.freeze"
	else
		echo FROZEN >"$CGROUP/freezer.state"
	fi
}

freeze() {
	freeze_begins "$@"
	wait_until 5 is_frozen || fail 'it does not freeze'
}

thaw() {
	if [[ -e $CGROUP/cgroup.freeze ]]; then
		echo 0 >"$CGROUP/cgroup.freeze"
	else
		echo THAWED >"$CGROUP/freezer.state"
	fi
}

cgroup_find || skip 'no cgroup freezer that may be written'
trap 'cgroup_end; finish' EXIT

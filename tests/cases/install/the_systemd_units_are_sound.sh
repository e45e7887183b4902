#!/bin/bash
# systemd takes the units without a complaint, and they have nothing that would hide the mount.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/installed.sh"

install_to_stage
OF_SYSTEM=$PREFIX/lib/systemd/system/loktfs@.service
OF_USER=$PREFIX/lib/systemd/user/loktfs@.service

# each of these gives a service a mount namespace of its own
HIDING='^(Private(Tmp|Devices|Mounts)|Protect(System|Home|KernelTunables|KernelModules|KernelLogs'
HIDING+='|ControlGroups|Proc)|ProcSubset|(ReadWrite|ReadOnly|Inaccessible|Bind|BindReadOnly)Paths'
HIDING+='|TemporaryFileSystem|RootDirectory|DynamicUser|MountFlags)='
! grep -nE "$HIDING" "$OF_SYSTEM" "$OF_USER" || fail 'the mount would not be seen outside'
# for a user's manager these imply NoNewPrivileges, and fusermount3 is setuid
! grep -nE '^(NoNewPrivileges|SystemCall|Restrict|Lock|MemoryDeny)' "$OF_USER" ||
	fail 'fusermount3 could not mount'

command -v systemd-analyze >/dev/null || skip 'no systemd-analyze; read only'
for unit in "$OF_SYSTEM" "$OF_USER"; do
	copy=$WORK/$(basename "$(dirname "$unit")")/loktfs@srv-locks.service
	mkdir -p "${copy%/*}"
	# the programs of this build, since verify looks for them; no man pages of ours are here
	sed -e "s,^ExecStart=[^ ]*,ExecStart=$LOKTFS," -e '/^Documentation/d' "$unit" >"$copy"
	said=$(systemd-analyze verify --man=no "$copy" 2>&1) || fail "verify of $unit: $said"
	! grep -qF loktfs <<<"$said" || fail "verify of $unit: $said"
done

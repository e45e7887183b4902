# shellcheck shell=bash
# Begins the case again in a mount namespace of its own, where there may be one (then OWN_NAMESPACE is
# set); without its copies of other cases' mounts, whose daemons would outlive them. Sourced before
# case.sh.

if [[ -n ${OWN_NAMESPACE:-} ]]; then
	findmnt -rnt fuse.loktfs -o TARGET | xargs -r umount -l
elif unshare -m true 2>/dev/null; then
	OWN_NAMESPACE=1 exec unshare -m bash "$0" "$@"
fi

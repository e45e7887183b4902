#!/bin/bash
# Half an option is written; the end of a child that inherited the descriptor leaves the claim,
# the maker's own close with the option unfinished does not.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
{
	printf '{"ttl":"30m",'
	/bin/true
	(:)
	[[ -e $MNT/x ]] || : >"$WORK/withdrawn"
	printf '"note":"whole"}'
} >"$MNT/x"
[[ ! -e $WORK/withdrawn ]] || fail "a child's end withdrew the claim"
assert_held x
assert_eq "$(field x note),$(field x ttl_sec)" whole,1800 'the options'

{
	printf '{"ttl":"30m",'
	/bin/true
	[[ -e $MNT/z ]] || : >"$WORK/withdrawn"
} >"$MNT/z"
[[ ! -e $WORK/withdrawn ]] || fail "a child's end withdrew the claim"
wait_until 2 not test -e "$MNT/z" || fail 'half an option, and it is held'
refuses EINVAL create "$MNT/z" write '{"ttl":' close
assert_leases x

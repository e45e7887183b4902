#!/bin/bash
# Each resource has one name; dot-files of editors are none.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
for name in '.hidden' '.x.swp' 'a..b' 'a b' 'a%41' 'a%2f' '%' '%2' 'a*' $'a\nb' $'\xff' 'path:%2Fabs' 'path:a%2F%2Fb'; do
	refuses EINVAL create "$MNT/$name"
	[[ ! -e $MNT/$name ]] || fail "$name is there"
done
long=$(printf '%0255d' 0)
"$FSOP" create "$MNT/$long" close >/dev/null
refuses ENAMETOOLONG create "$MNT/${long}0"
for name in build issue:8057324b 'path:src%2Fauth.rs' 'a.b' '~x' 'a@b+c=d,e' -dash; do
	"$FSOP" create "$MNT/$name" close >/dev/null || fail "$name is refused"
done
assert_eq "$(field 'path:src%2Fauth.rs' name)" 'path:src/auth.rs' 'the name as people write it'
assert_leases "$long" build issue:8057324b 'path:src%2Fauth.rs' a.b '~x' 'a@b+c=d,e' -dash

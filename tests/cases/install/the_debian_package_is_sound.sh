#!/bin/bash
# slow
# cpack makes a package that has what it should, with its dependencies, and lintian finds no error.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/installed.sh"

for tool in cpack dpkg-deb dpkg-shlibdeps lintian; do
	command -v "$tool" >/dev/null || skip "no $tool: no package was made"
done
[[ -e $BUILD/CPackConfig.cmake ]] || skip "no build in $BUILD: no package was made"

umask 077 # of whoever packs: not to be seen in the package
(cd "$BUILD" && cpack -B "$WORK/package" >"$WORK/cpack.log" 2>&1) || fail "cpack: $(<"$WORK/cpack.log")"
deb=$(echo "$WORK"/package/loktfs_*.deb)
[[ -s $deb ]] || fail "no package: $(<"$WORK/cpack.log")"

depends=$(dpkg-deb -f "$deb" Depends)
for library in fuse3 libc6 libfuse3-3; do
	assert_match "$depends" "$library" 'what it depends on'
done
dpkg-deb -x "$deb" "$WORK/root.deb"
for file in bin/lokt bin/loktfs sbin/mount.fuse.loktfs lib/systemd/system/loktfs@.service \
	share/doc/loktfs/changelog.gz share/doc/loktfs/copyright \
	share/bash-completion/completions/lokt share/zsh/vendor-completions/_lokt; do
	[[ -s $WORK/root.deb/usr/$file ]] || fail "no $file in it"
done
! grep -rn local/ "$WORK/root.deb/usr/lib/systemd" || fail 'a unit starts another loktfs'
[[ -z $(find "$WORK/root.deb/usr/share/man" -type f ! -name '*.gz') ]] || fail 'a page is not compressed'
[[ -z $(find "$WORK/root.deb/usr" ! -perm -004) ]] || fail 'not everybody may read it'
assert_eq "$("$WORK/root.deb/usr/bin/lokt" --version)" "$("$LOKT" --version)" 'its version'
lintian --allow-root --fail-on error "$deb" >"$WORK/lintian" 2>&1 || fail "lintian: $(<"$WORK/lintian")"
cat "$WORK/lintian"

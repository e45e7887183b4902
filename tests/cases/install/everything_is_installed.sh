#!/bin/bash
# cmake --install puts each file where its reader looks, and what is installed works together.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/installed.sh"

install_to_stage
for file in bin/lokt bin/loktfs sbin/mount.fuse.loktfs sbin/mount.loktfs \
	lib/systemd/system/loktfs@.service lib/systemd/user/loktfs@.service \
	share/bash-completion/completions/lokt share/fish/vendor_completions.d/lokt.fish \
	share/doc/loktfs/README.md share/doc/loktfs/formats.md; do
	[[ -s $PREFIX/$file ]] || fail "no $file"
done
[[ -x $PREFIX/sbin/mount.loktfs ]] || fail 'the helper cannot be run'
[[ -n $(find "$PREFIX/share/zsh" -name _lokt) ]] || fail 'no completion for zsh'
! grep -rn '@[A-Z_]*@' "$PREFIX/sbin" "$PREFIX/lib/systemd" || fail 'not filled in'
! grep -rnF "$BUILD" "$PREFIX/sbin" "$PREFIX/lib" "$PREFIX/share" || fail 'names the build directory'

if command -v scdoc >/dev/null; then
	for page in man1/lokt.1 man1/lokt-lock.1 man1/lokt-guard.1 man5/loktfs-files.5 \
		man7/lokt-shared.7 man8/loktfs.8; do
		[[ -s $PREFIX/share/man/$page ]] || fail "no $page"
	done
fi

# lokt starts the loktfs that lies beside it
fuse_is_there || skip 'no /dev/fuse or no fusermount3'
MOUNTS+=("$MNT")
LOKT_ROOT=$ROOT "$PREFIX/bin/lokt" lock a >/dev/null
DAEMONS+=("$(daemon_pid)")
assert_eq "$(readlink "/proc/$(daemon_pid)/exe")" "$PREFIX/bin/loktfs" 'the daemon'

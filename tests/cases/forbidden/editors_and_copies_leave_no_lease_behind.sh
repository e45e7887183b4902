#!/bin/bash
# Tools that write temporary files, rename or copy: no lease that the user did not name.
. "$(dirname "$0")/../../lib/case.sh"

mount_fs
touch "$MNT/x"
before=$(cat "$MNT/x")
cd "$WORK"
mkdir -p tree/sub
echo 'content of a file' >tree/file
echo 'more content' >tree/sub/deeper
touch -d '2 days ago' tree/empty
unchanged() {
	assert_leases x
	assert_eq "$(cat "$MNT/x")" "$before" "the lease after $1"
}

editor=$(command -v vim.tiny || command -v vim || true)
if [[ -n $editor ]]; then
	timeout 20 "$editor" -u NONE -es -c 'normal ochanged' -c 'w' -c 'q!' "$MNT/x" >/dev/null 2>&1 </dev/null || true
	unchanged "$editor on a lease"
	timeout 20 "$editor" -u NONE -es -c 'normal ochanged' -c 'w' -c 'q!' "$MNT/new" >/dev/null 2>&1 </dev/null || true
	unchanged "$editor on a new name"
fi
sed -i 's/a/b/' "$MNT/x" 2>/dev/null && fail 'sed -i did not fail'
unchanged 'sed -i'
cp -a tree "$MNT/" 2>/dev/null && fail 'cp -a of a directory did not fail'
unchanged 'cp -a tree'
cp -a tree/file "$MNT/copy" 2>/dev/null && fail 'cp -a of a file did not fail'
unchanged 'cp -a file'
cp -a tree/empty "$MNT/copy" 2>/dev/null && fail 'cp -a of an old empty file did not fail'
unchanged 'cp -a of an old empty file'
cp tree/file "$MNT/x" 2>/dev/null && fail 'cp over a lease did not fail'
unchanged 'cp over a lease'
cp -a "$MNT/x" "$MNT/y" 2>/dev/null && fail 'cp -a of a lease did not fail'
unchanged 'cp -a of a lease'
tar -cf tree.tar tree
tar -xf tree.tar -C "$MNT" 2>/dev/null && fail 'tar -x did not fail'
unchanged 'tar -x of a directory'
tar -cf flat.tar -C tree file empty
tar -xf flat.tar -C "$MNT" 2>/dev/null && fail 'tar -x of files did not fail'
unchanged 'tar -x of files'
tar -cf "$WORK/leases.tar" -C "$MNT" x
unchanged 'tar -c'
mv tree/file "$MNT/moved" 2>/dev/null && fail 'mv into the mount did not fail'
[[ -f tree/file ]] || fail 'mv has lost the file'
unchanged 'mv into the mount'
mv tree "$MNT/" 2>/dev/null && fail 'mv of a directory did not fail'
unchanged 'mv of a directory'
mv "$MNT/x" "$MNT/y" 2>/dev/null && fail 'mv inside the mount did not fail'
unchanged 'mv inside the mount'
mkdir "$MNT/dir" 2>/dev/null && fail 'mkdir did not fail'
unchanged mkdir
ln "$MNT/x" "$MNT/hard" 2>/dev/null && fail 'ln did not fail'
unchanged ln

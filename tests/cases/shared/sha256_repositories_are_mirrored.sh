#!/bin/bash
# Repositories whose object names are SHA-256.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"
. "$(dirname "$0")/../../lib/kinds.sh"

make_remote --object-format=sha256
make_clone other
mount_clone other remote=origin,shared=strict,interval=1s
git clone -q "$REMOTE" "$WORK/a"
assert_eq "$(git -C "$WORK/a" rev-parse --show-object-format)" sha256 'the format'
mirrors "$WORK/a" "$WORK/a/.git"
syncs "$WORK/a" "$WORK/a/.git"
excludes "$WORK/a" "$WORK/a/.git"

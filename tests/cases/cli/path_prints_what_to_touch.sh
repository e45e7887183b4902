#!/bin/bash
# path NAME: encoded, under ROOT/locks; path alone: the directory.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

cli_needs_fuse
"$LOKT" mount >/dev/null
cli_adopt
touch "$("$LOKT" path build)"
assert_held build
touch "$("$LOKT" path 'path:src/a b.c')"
assert_held 'path:src%2Fa%20b.c'
assert_eq "$("$LOKT" path)" "$ROOT/locks" path
"$LOKT" umount >/dev/null
fails_with 1 'No such file or directory' touch "$ROOT/locks/build"

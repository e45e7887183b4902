#!/bin/bash
# docs/examples/lock.c, compiled with all warnings.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/example.sh"

command -v cc >/dev/null || skip 'no C compiler: the example in C was not run'
cc -Wall -Wextra -Werror -o "$WORK/lock" "$EXAMPLES/lock.c"
mount_fs
example_works bound "$WORK/lock"

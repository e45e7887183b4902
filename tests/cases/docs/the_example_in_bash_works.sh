#!/bin/bash
# docs/examples/lock.sh
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/example.sh"

mount_fs
example_works bound bash "$EXAMPLES/lock.sh"

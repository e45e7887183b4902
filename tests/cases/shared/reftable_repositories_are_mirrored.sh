#!/bin/bash
# Repositories whose refs are in a reftable, where git has those.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/shared.sh"
. "$(dirname "$0")/../../lib/kinds.sh"

git init -q --ref-format=reftable "$WORK/try" 2>/dev/null ||
	skip "$(git --version) has no reftable: NOT TESTED"
make_remote --ref-format=reftable
make_clone other --ref-format=reftable
mount_clone other remote=origin,shared=strict,interval=1s
git clone -q --ref-format=reftable "$REMOTE" "$WORK/a"
mirrors "$WORK/a" "$WORK/a/.git"
syncs "$WORK/a" "$WORK/a/.git"
excludes "$WORK/a" "$WORK/a/.git"

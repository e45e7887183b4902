#!/bin/bash
# docs/examples/lock.js, and the way to renew that it names.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/example.sh"

node -e '' 2>/dev/null || skip 'no Node: the example in JavaScript was not run'
mount_fs
example_works timed node "$EXAMPLES/lock.js"

cat >"$WORK/renew.js" <<'JS'
const fs = require('fs');
const path = process.argv[2];
fs.writeFileSync(path, '10m');
fs.writeFileSync(path.replace(/[^/]*$/, '.lokt/renew/$&'), '20m');
JS
node "$WORK/renew.js" "$MNT/again"
assert_eq "$(field again ttl_sec)" 1200 'the time after renewal'

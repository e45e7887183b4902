#!/bin/bash
# docs/examples/lock.py
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/example.sh"

python3 -c '' 2>/dev/null || skip 'no Python: the example in Python was not run'
mount_fs
example_works bound python3 "$EXAMPLES/lock.py"

# the README's lines, as they stand
{
	echo 'import fcntl, os'
	awk '/^```/ { on = $0 == "```python"; next } on' "$TESTS/../README.md"
	echo 'print(token)'
} >"$WORK/readme.py"
grep -q flock "$WORK/readme.py" || fail 'the README has no lines in Python'
ln -s "$MNT" "$WORK/.locks"
cd "$WORK"
assert_match "$(python3 readme.py)" '^[0-9]+$' 'the token'
assert_free build

#!/bin/bash
# Called as grite, everything but `lock` is the next grite's on PATH: the words, the status and
# stdin as they are; and we are never our own next.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/grite.sh"

grite issue comment 7 --body 'two  words' --json
assert_eq "$(<"$WORK/stub.log")" 'issue comment 7 --body two  words --json' 'the words'
says 9 '' grite issue fail
grite
grite --version
assert_eq "$(tail -n 2 "$WORK/stub.log")" $'\n--version' 'no word, and an option'
# a broken pipe is the other program's to meet, not ours to hide
cat >"$WORK/theirs/grite" <<'STUB'
#!/bin/sh
grep -q '^SigIgn:.*[0-9a-f]\{12\}[02468ace]...$' "/proc/$$/status" && echo intact
cat
STUB
assert_eq "$(echo data | grite issue)" $'intact\ndata' 'what the next one finds'

# through links of any kind, and a directory that comes twice, it is still us
mkdir "$WORK/more"
ln "$(realpath "$LOKT")" "$WORK/more/grite" 2>/dev/null || ln -s "$(realpath "$LOKT")" "$WORK/more/grite"
alone=$WORK/ours:$WORK/more:$WORK/ours:/usr/bin:/bin
PATH=$alone says 127 '' grite issue list
assert_match "$(<"$WORK/stderr")" 'no other grite on PATH'
PATH=$alone answers 127 '.ok == false and .error.code == "not_found"' grite issue list --json
PATH=$alone says 0 "$(grite lock --help)" grite --help
chmod -x "$WORK/theirs/grite"
says 127 '' grite issue list
printf '#!/nonexistent/interpreter\n' >"$WORK/theirs/grite"
chmod +x "$WORK/theirs/grite"
says 126 '' grite issue list

# lock is ours wherever it stands
grite_mount
says 2 '' grite --actor x lock acquire issue:1
PATH=$alone says 0 'No active locks' grite lock status

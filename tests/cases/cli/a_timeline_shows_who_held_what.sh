#!/bin/bash
# slow 30
# lokt timeline draws well-formed SVG in which nothing leaves its bounds, says who held what and how
# it ended, and stays small however much has happened; hostile names do no harm.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/cli.sh"

PICTURE=$WORK/picture.svg

draw() {
	lokt_says 0 "wrote $PICTURE" timeline -o "$PICTURE" "$@"
	! command -v xmllint >/dev/null || xmllint --noout "$PICTURE" || fail 'it is not well-formed'
	inside
}

# Time is between 190 and 1180, everything within the picture.
inside() {
	local height
	height=$(sed -n 's/^<svg .* height="\([0-9]*\)".*/\1/p' "$PICTURE")
	grep -oE '<(rect|line|text)( [a-z0-9]+="[^"]*")*' "$PICTURE" | awk -v height="$height" '
		function number(key) {
			if (!match($0, " " key "=\"[0-9.-]+\""))
				return -1
			return substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 4) + 0
		}
		/<rect/ && number("rx") >= 0 && number("x") < 190 { bad = $0 }
		/<rect/ && number("rx") >= 0 && number("x") + number("width") > 1181.1 { bad = $0 }
		number("x") > 1200 || number("y") > height || number("y2") > height { bad = $0 }
		END { if (bad) { print "out of bounds: " bad; exit 1 } }' || fail 'it leaves its bounds'
}

has() {
	grep -qE -e "$1" "$PICTURE" || fail "no '$1' in it: $(<"$PICTURE")"
}

# nothing has happened, and nothing is started for it
draw
has 'Nothing was held'
[[ ! -e $ROOT ]] || fail 'it made a ROOT'
lokt_says 64 '' timeline --since yesterday
lokt_says 64 '' timeline --since 2999-01-01T00:00:00Z
lokt_says 1 '' timeline -o "$WORK/none/a.svg"

cli_needs_fuse
export LOKT_HOST=vm
"$LOKT" mount >/dev/null
cli_adopt
export LOKT_OWNER=ann
touch "$MNT/released"
not env LOKT_OWNER=bob "$LOKT" lock released 2>/dev/null
rm "$MNT/released"
touch -d '+0.2 seconds' "$MNT/expired"
"$LOKT" guard turn -- sleep 0.3 &
wait_until 10 test -e "$MNT/turn"
LOKT_OWNER=bob "$LOKT" guard turn --wait -- true
wait
touch "$MNT/forced" && rm "$MNT/.lokt/force/locks/forced"
sleep 100 &
holder=$!
also_kill "$holder"
"$LOKT" lock dies --pid "$holder" >/dev/null
kill -9 "$holder"
"$LOKT" freeze frozen --ttl 1h >/dev/null
LOKT_OWNER='<b>&"x"' "$LOKT" lock 'path:a<b>&"c".c' >/dev/null
touch "$MNT/held"
wait_until 10 not test -e "$MNT/dies"
wait_until 10 not test -e "$MNT/expired"
draw
has '<title>released held by ann@vm, .*, release</title>'
has '<title>bob@vm was refused</title>'
has '<title>expired held by ann@vm, .*, expire</title>'
has '<title>turn held by bob@vm, .*, had waited, release</title>'
has '<title>bob@vm waited [0-9]+m?s for turn, .* to .*</title>'
jq -se 'any(.event == "grant" and .name == "turn" and .extra.waited_ms > 0)' "$ROOT/audit.log" \
	>"$WORK/any" || fail 'the trail does not say how long it was waited for'
has '<title>forced held by ann@vm, .*, force-break</title>'
has '<title>dies held by ann@vm, .*, holder-dead</title>'
has '<title>frozen frozen by ann@vm, .*, and on</title>'
has '<title>path:a&lt;b&gt;&amp;&quot;c&quot;.c held by &lt;b&gt;&amp;&quot;x&quot;@vm, .*, and on</title>'
has '<title>held held by ann@vm, .*, and on</title>'
! grep -q '<b>' "$PICTURE" || fail 'a name became a part of the picture'
[[ $("$LOKT" timeline) == '<svg '* ]] || fail 'stdout is no picture'

# what was taken before the window is in it as long as it is held; what had ended is not
start=$(date -u -d '+1 second' +%Y-%m-%dT%H:%M:%SZ)
wait_until 5 eval '[[ $(date -u +%Y-%m-%dT%H:%M:%SZ) > $start ]]'
touch "$MNT/late"
draw --since "$start"
has '<title>held held by ann@vm'
has '<title>late held by'
! grep -q 'released' "$PICTURE" || fail 'what ended before the window is in it'

# without a daemon, and when much has happened
for ((n = 0; n < 1500; n++)); do
	: >"$MNT/busy"
	rm "$MNT/busy"
done
for ((n = 0; n < 300; n++)); do
	: >"$MNT/many.$n"
done
"$LOKT" umount --force >/dev/null
LOKT_NO_AUTOSTART=1 draw
has 'and [0-9]+ more'
bars=$(grep -o '<title>busy held by' "$PICTURE" | wc -l)
((bars >= 1 && bars < 990)) || fail "$bars bars for 1500 leases in 990 pixels"
(($(stat -c %s "$PICTURE") < 200000)) || fail "it has $(stat -c %s "$PICTURE") bytes"
[[ ! -e $ROOT/daemon ]] || fail 'it started a daemon'

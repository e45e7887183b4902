#!/bin/bash
# slow 20
# The README's blocks, one after the other in one bash as it says, print what it shows. Ids,
# times, process numbers and durations may differ; the repository lies in the case's directory.
. "$(dirname "$0")/../../lib/case.sh"
. "$(dirname "$0")/../../lib/transcript.sh"

fuse_is_there || skip 'no /dev/fuse or no fusermount3'
export LOKT_OWNER=ann LOKT_HOST=vm GIT_CONFIG_NOSYSTEM=1
MOUNTS+=("$WORK/lokt-demo/.git/lokt/mnt")

for clone in ann bob; do
	MOUNTS+=("$WORK/lokt-team/$clone/.git/lokt/mnt")
done

# /tmp/lokt-demo and the like are one for all; a case has its own.
sed "s,/tmp/lokt-,$WORK/lokt-,g" "$TESTS/../README.md" >"$WORK/README.md"

# What may differ becomes the same on both sides, columns included. How much lokt sync finds to do
# depends on what was done in the background before.
same() {
	sed -E -e 's/[0-9a-f]{32}/ID/g' -e 's/agent-[0-9a-f]{4}/agent-ID/g' \
		-e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g' \
		-e 's/<?\b([0-9]+[smhd])+\b/SPAN/g' -e 's/\b[0-9]{2,}\b/N/g' \
		-e 's/^(synced with [^:]+): .*/\1/' -e 's/"uid":[0-9]+/"uid":N/g' -e 's/ {2,}/  /g'
}

mkdir "$WORK/checkout"
ln -s "$(dirname "$BIN")" "$WORK/checkout/build"
cd "$WORK/checkout"
transcript_run blocks "$WORK/README.md"
transcript_compare README.md same
[[ $(find "$WORK" -name 'ran.*' | wc -l) -ge 11 ]] || fail 'the tour has lost its blocks'
[[ ! -e $WORK/lokt-demo && ! -e $WORK/lokt-team ]] || fail 'the last block leaves something behind'

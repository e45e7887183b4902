#!/bin/bash
# Offsets that no listing gave are an end or an error, never another name than the real ones; and
# a large directory read in small pieces has each name once.
. "$(dirname "$0")/../../lib/case.sh"

# Runs fsop on these; EIO is what the kernel says of entries that make no sense.
only_real_names() {
	local strange
	{ "$FSOP" "$@" 2>&1 || true; } >"$WORK/said"
	grep -qx 'getdents ok' "$WORK/said" || fail "nothing could be read: $(head -n 5 "$WORK/said")"
	strange=$(grep -vaE '^(\.|\.\.|y|(open_read|seek|getdents) ok|(seek|getdents) EINVAL)$' \
		"$WORK/said" | sort | uniq -c | cat -v) || return 0
	fail "listed: $strange"
}

mount_fs durability=os
cycle=()
for ((i = 0; i < 700; i++)); do
	cycle+=(create "$MNT/x" close unlink "$MNT/x")
done
"$FSOP" "${cycle[@]}" >"$WORK/cycle" || fail "$(grep -v ok "$WORK/cycle")"
touch "$MNT/y"
calls=()
for at in {0..400} -1 65536 2147483648 4294967303 1099511627776 4611686018427387904 \
	9223372036854775807; do
	calls+=(seek "$at" getdents 8192 seek "$at" getdents 64)
done
only_real_names open_read "$MNT" "${calls[@]}"
only_real_names open_read "$MNT" getdents 8192 "${calls[@]}"
only_real_names open_read "$MNT/.lokt/queue" "${calls[@]}"
assert_held y

(cd "$MNT" && touch n{1..5000})
printf '%s\n' . .. y n{1..5000} | sort >"$WORK/expected"
for size in 128 1000 65536; do
	"$FSOP" open_read "$MNT" getdents_all "$size" | grep -vE ' ok$' | sort >"$WORK/listed"
	diff "$WORK/expected" "$WORK/listed" >"$WORK/diff" ||
		fail "with $size bytes: $(head -n 5 "$WORK/diff")"
done

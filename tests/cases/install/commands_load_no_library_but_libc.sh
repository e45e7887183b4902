#!/bin/bash
# Each library that lokt loads costs every command a tenth of a millisecond.
. "$(dirname "$0")/../../lib/case.sh"

command -v readelf >/dev/null || skip 'no readelf'
cache=$BIN/../CMakeCache.txt
[[ -e $cache ]] || skip "no build in $BIN/.."
for library in LIBMD ZLIB; do
	grep -q "^${library}_ARCHIVE:.*=/" "$cache" || skip "no archive of $library"
done
! grep -q '^LOKT_SANITIZE:STRING=..*' "$cache" || skip 'a sanitizer brings libraries of its own'

assert_eq "$(readelf -d "$LOKT" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')" \
	libc.so.6 'what lokt loads'

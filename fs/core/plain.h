/*
 * Printable ASCII without quote and backslash, which is what nearly all strings are made of: eight
 * bytes at a time. Private to fs/core.
 */
#ifndef CORE_PLAIN_H
#define CORE_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PLAIN_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

/*
 * 0 when all eight bytes are plain. Else the lowest bit that is set lies in the first byte, from the
 * lowest on, that is not; what is above it says nothing, because of the borrows.
 */
static inline uint64_t plain_breaks(uint64_t bytes)
{
	uint64_t quote = bytes ^ PLAIN_EACH('"');
	uint64_t backslash = bytes ^ PLAIN_EACH('\\');
	uint64_t found = bytes | (bytes + PLAIN_EACH(1)) | (bytes - PLAIN_EACH(0x20)) |
			 (quote - PLAIN_EACH(1)) | (backslash - PLAIN_EACH(1));

	return found & PLAIN_EACH(0x80);
}

/* How many plain bytes the text begins with. */
static inline size_t plain_run(const char *text, size_t len)
{
	size_t done = 0;

	for (uint64_t bytes; len - done >= sizeof bytes; done += sizeof bytes) {
		memcpy(&bytes, text + done, sizeof bytes);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		bytes = __builtin_bswap64(bytes);
#endif
		bytes = plain_breaks(bytes);
		if (bytes)
			return done + (size_t)__builtin_ctzll(bytes) / 8;
	}
	while (done < len && is_plain(text[done]))
		done++;
	return done;
}

#endif

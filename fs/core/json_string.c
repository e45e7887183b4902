/* See json_string.h. */
#include "core/json_string.h"

#include <stdlib.h>
#include <string.h>

static const char escapes[] = JSON_ESCAPES;
static const char escaped[] = "\"\\/\b\f\n\r\t";

bool json_is_high(unsigned code)
{
	return code >= 0xD800 && code <= 0xDBFF;
}

bool json_is_low(unsigned code)
{
	return code >= 0xDC00 && code <= 0xDFFF;
}

const char *json_skip_string(const char *at)
{
	for (at += 1 + strcspn(at + 1, "\"\\"); *at != '"'; at += strcspn(at, "\"\\"))
		at += 2;
	return at + 1;
}

static unsigned hex4(const char *at)
{
	char digits[5] = "";

	memcpy(digits, at, 4);
	return (unsigned)strtoul(digits, NULL, 16);
}

static size_t encode(unsigned code, char out[4])
{
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	if (len == 1) {
		out[0] = (char)code;
		return 1;
	}
	for (size_t i = len - 1; i > 0; i--, code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3F));
	out[0] = (char)(0xF0U << (4 - len) | code);
	return len;
}

/* The character that an escape stands for; returns what is behind it. */
static const char *decode_escape(const char *at, char out[4], size_t *len)
{
	unsigned code;

	if (at[1] != 'u') {
		out[0] = escaped[strchr(escapes, at[1]) - escapes];
		*len = 1;
		return at + 2;
	}
	code = hex4(at + 2);
	at += 6;
	if (json_is_high(code)) {
		code = 0x10000 + ((code & 0x3FF) << 10 | (hex4(at + 2) & 0x3FF));
		at += 6;
	}
	*len = encode(code, out);
	return at;
}

bool json_decode(const char *at, size_t max, char *out)
{
	size_t len = 0;

	for (at++; *at != '"';) {
		size_t plain = strcspn(at, "\"\\");
		char piece[4];

		if (plain > max - len)
			return false;
		memcpy(out + len, at, plain);
		len += plain;
		at += plain;
		if (*at != '\\')
			continue;
		at = decode_escape(at, piece, &plain);
		if (plain > max - len)
			return false;
		memcpy(out + len, piece, plain);
		len += plain;
	}
	out[len] = '\0';
	return true;
}

/* Of a sound string, that key? */
static bool is_key(const char *at, const char *key)
{
	char piece[4];
	size_t len;

	for (at++; *at != '"'; key += len) {
		piece[0] = *at;
		len = 1;
		at = *at == '\\' ? decode_escape(at, piece, &len) : at + 1;
		if (strncmp(key, piece, len) != 0)
			return false;
	}
	return !*key;
}

size_t json_find_key(const char *at, const char *const *keys, size_t count, size_t from)
{
	for (size_t i = 0; i < count; i++) {
		size_t index = from + i < count ? from + i : from + i - count;

		if (is_key(at, keys[index]))
			return index;
	}
	return count;
}

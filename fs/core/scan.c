/* See scan.h. */
#include "core/scan.h"

#include <string.h>

#include "core/plain.h"
#include "lokt/text.h"

static bool take_hex4(struct scan *in, uint32_t *out)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++, in->at++) {
		char c = in->at < in->end ? *in->at : '\0';
		char letter = (char)(c | 0x20);

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint32_t)(c - '0');
		else if (letter >= 'a' && letter <= 'f')
			value = value << 4 | (uint32_t)(letter - 'a' + 10);
		else
			return false;
	}
	*out = value;
	return true;
}

/* The last `len` bytes that were passed are wrong. */
static bool refuse(struct scan *in, size_t len)
{
	in->at -= len;
	return false;
}

/* The second half of a pair. */
static bool is_low(uint32_t code)
{
	return code >= 0xDC00 && code <= 0xDFFF;
}

/* What follows \u; two halves of a pair make one code point, and neither stands alone. */
static bool take_code(struct scan *in, uint32_t *code)
{
	uint32_t high, low;

	if (!take_hex4(in, &high))
		return false;
	if (high == 0 || is_low(high))
		return refuse(in, 4);
	*code = high;
	if (high < 0xD800 || high > 0xDFFF)
		return true;
	if (!scan_take(in, '\\') || !scan_take(in, 'u') || !take_hex4(in, &low))
		return false;
	if (!is_low(low))
		return refuse(in, 4);
	*code = 0x10000 + ((high & 0x3FF) << 10 | (low & 0x3FF));
	return true;
}

bool scan_escape(struct scan *in, uint32_t *code)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (in->at == in->end)
		return false;
	if (scan_take(in, 'u'))
		return take_code(in, code);
	found = memchr(letters, *in->at, sizeof letters - 1);
	if (!found)
		return false;
	in->at++;
	*code = (uint32_t)meant[found - letters];
	return true;
}

/* The rest of a string that is not plain, up to behind its quote. */
static __attribute__((noinline)) bool pass_odd_string(struct scan *in)
{
	const char *start = in->at;
	uint32_t code;

	while (in->at < in->end && *in->at != '"') {
		unsigned char c = (unsigned char)*in->at;

		if (c < ' ')
			return false;
		in->at++;
		if (c == '\\' && !scan_escape(in, &code))
			return false;
	}
	if (!scan_take(in, '"'))
		return false;
	return text_is_utf8(start, (size_t)(in->at - start)) || refuse(in, 1);
}

static inline bool pass_string(struct scan *in, bool *is_plain)
{
	in->at++;
	in->at += plain_run(in->at, scan_left(in));
	*is_plain = scan_take(in, '"');
	return *is_plain || pass_odd_string(in);
}

/* Passes digits, of which there must be one. */
static inline bool pass_digits(struct scan *in)
{
	const char *start = in->at;

	while (in->at < in->end && *in->at >= '0' && *in->at <= '9')
		in->at++;
	return in->at > start;
}

static inline bool pass_number(struct scan *in)
{
	scan_take(in, '-');
	if (!scan_take(in, '0') && !pass_digits(in))
		return false;
	if (scan_take(in, '.') && !pass_digits(in))
		return false;
	if (!scan_take(in, 'e') && !scan_take(in, 'E'))
		return true;
	if (!scan_take(in, '+'))
		scan_take(in, '-');
	return pass_digits(in);
}

static bool pass_word(struct scan *in)
{
	static const struct {
		const char *word;
		size_t len;
	} words[] = {{"true", 4}, {"false", 5}, {"null", 4}};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t here = scan_left(in) < words[i].len ? scan_left(in) : words[i].len;

		if (memcmp(in->at, words[i].word, here) == 0) {
			in->at += here;
			return here == words[i].len;
		}
	}
	return false;
}

static bool pass_elements(struct scan *in)
{
	struct span element;
	int more = 1;

	scan_space(in);
	if (scan_take(in, ']'))
		return true;
	while (more > 0) {
		if (!scan_value(in, &element))
			return false;
		more = scan_comma(in, ']');
	}
	return more == 0;
}

bool scan_member(struct scan *in, struct span *key, struct span *value)
{
	scan_space(in);
	if (in->at == in->end || *in->at != '"')
		return false;
	key->at = in->at;
	if (!pass_string(in, &key->is_plain))
		return false;
	key->len = (size_t)(in->at - key->at);
	scan_space(in);
	return scan_take(in, ':') && scan_value(in, value);
}

static bool pass_members(struct scan *in)
{
	struct span key, value;
	int more = 1;

	scan_space(in);
	if (scan_take(in, '}'))
		return true;
	while (more > 0) {
		if (!scan_member(in, &key, &value))
			return false;
		more = scan_comma(in, '}');
	}
	return more == 0;
}

static __attribute__((noinline)) bool pass_nested(struct scan *in, bool (*pass)(struct scan *in))
{
	bool is_sound;

	if (in->depth == SPAN_DEPTH_MAX)
		return false;
	in->at++;
	in->depth++;
	is_sound = pass(in);
	in->depth--;
	return is_sound;
}

static inline bool pass_bare(struct scan *in)
{
	if (*in->at == '-' || (*in->at >= '0' && *in->at <= '9'))
		return pass_number(in);
	return pass_word(in);
}

bool scan_value(struct scan *in, struct span *out)
{
	bool is_sound;

	scan_space(in);
	if (in->at == in->end)
		return false;
	out->at = in->at;
	out->is_plain = false;
	if (*in->at == '"')
		is_sound = pass_string(in, &out->is_plain);
	else if (*in->at == '[')
		is_sound = pass_nested(in, pass_elements);
	else if (*in->at == '{')
		is_sound = pass_nested(in, pass_members);
	else
		is_sound = pass_bare(in);
	out->len = (size_t)(in->at - out->at);
	return is_sound;
}

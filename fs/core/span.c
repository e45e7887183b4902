/* See span.h; what is seldom asked for is in span_more.c. The whole text is gone over once; the getters look at what was found sound. */
#include "core/span.h"

#include <errno.h>
#include <string.h>

#include "core/scan.h"
#include "lokt/text.h"

#define SAFE_DIGITS 19 /* that make no number over UINT64_MAX */

static char *put_utf8(char *at, uint32_t code)
{
	static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
	int len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (int i = len; i-- > 1; code >>= 6)
		at[i] = (char)(0x80 | (code & 0x3F));
	at[0] = (char)(leads[len] | code);
	return at + len;
}

bool span_is_string(struct span value)
{
	return span_has(value) && *value.at == '"';
}

/* The bytes of a string that is not plain. */
static int decode(struct span string, size_t max, char *out)
{
	struct scan in = {string.at + 1, string.at + string.len - 1, 0};
	char text[max + 1];
	char character[4];
	size_t len = 0;

	while (in.at < in.end) {
		uint32_t code;
		size_t more = 1;

		*character = *in.at++;
		if (*character == '\\') {
			if (!scan_escape(&in, &code))
				return -EINVAL;
			more = (size_t)(put_utf8(character, code) - character);
		}
		if (more > max - len)
			return -EINVAL;
		memcpy(text + len, character, more);
		len += more;
	}
	memcpy(out, text, len);
	out[len] = '\0';
	return 0;
}

int span_get_string(struct span value, size_t max, char *out)
{
	size_t len;

	if (!span_is_string(value))
		return -EINVAL;
	if (!value.is_plain)
		return decode(value, max, out);
	len = value.len - 2;
	if (len > max)
		return -EINVAL;
	memcpy(out, value.at + 1, len);
	out[len] = '\0';
	return 0;
}

int span_get_clean(struct span value, size_t max, char *out)
{
	char text[max + 1];

	if (value.is_plain)
		return span_get_string(value, max, out);
	if (span_get_string(value, max, text) || !text_is_clean(text, strlen(text), max))
		return -EINVAL;
	strcpy(out, text);
	return 0;
}

static inline bool is_key(struct span key, const char *wanted)
{
	const char *at = key.at + 1, *end = key.at + key.len - 1;

	while (at < end && *at == *wanted) {
		at++;
		wanted++;
	}
	return at == end && !*wanted;
}

/* Index of the key, looked for from `from` on and around: writers keep to the table's order. */
static size_t find_plain(struct span key, const char *const *keys, size_t count, size_t from)
{
	for (size_t i = from; i < count; i++)
		if (is_key(key, keys[i]))
			return i;
	for (size_t i = 0; i < from; i++)
		if (is_key(key, keys[i]))
			return i;
	return count;
}

static size_t find_key(struct span key, const char *const *keys, size_t count, size_t from)
{
	char text[SPAN_KEY_MAX + 3] = "\"";
	size_t len;

	if (key.is_plain)
		return find_plain(key, keys, count, from);
	if (decode(key, SPAN_KEY_MAX, text + 1))
		return count;
	len = strlen(text);
	text[len++] = '"';
	return find_plain((struct span){text, len, true}, keys, count, from);
}

/* What an object may have. */
struct wanted {
	const char *const *keys;
	size_t count;
	bool is_closed; /* and nothing else */
};

/* One member into values; the scan stands at a key that is not welcome, even if its value is missing. */
static bool read_member(struct scan *in, const struct wanted *wanted, size_t *expected,
			struct span *values)
{
	struct span key = {0}, value;
	bool is_sound = scan_member(in, &key, &value);
	size_t i;

	if (!key.len)
		return false;
	i = find_key(key, wanted->keys, wanted->count, *expected);
	if (i == wanted->count ? wanted->is_closed : span_has(values[i])) {
		in->at = key.at;
		return false;
	}
	if (is_sound && i < wanted->count) {
		values[i] = value;
		*expected = i + 1;
	}
	return is_sound;
}

/* From behind the opening brace to behind the closing one. */
static int read_members(struct scan *in, const struct wanted *wanted, struct span *values)
{
	size_t expected = 0;
	int more = 1;

	scan_space(in);
	if (scan_take(in, '}'))
		return 0;
	while (more > 0) {
		if (!read_member(in, wanted, &expected, values))
			return -EINVAL;
		more = scan_comma(in, '}');
	}
	return more ? -EINVAL : 0;
}

static int read_object(struct scan *in, const struct wanted *wanted, struct span *values)
{
	memset(values, 0, wanted->count * sizeof *values);
	scan_space(in);
	if (!scan_take(in, '{') || read_members(in, wanted, values))
		return -EINVAL;
	scan_space(in);
	return in->at == in->end ? 0 : -EINVAL;
}

int span_members(const char *text, size_t len, const char *const *keys, size_t count,
		 struct span *values)
{
	struct scan in = {text, text + len, 1};

	return read_object(&in, &(struct wanted){keys, count, false}, values);
}

int span_object(struct span object, const char *const *keys, size_t count, bool is_closed,
		struct span *values)
{
	struct scan in = {.at = object.at, .depth = 1};
	struct span found[count];

	if (!span_has(object))
		return -EINVAL;
	in.end = object.at + object.len;
	if (read_object(&in, &(struct wanted){keys, count, is_closed}, found))
		return -EINVAL;
	memcpy(values, found, sizeof found);
	return 0;
}

bool span_is_beginning(const char *text, size_t len, const char *const *keys, size_t count)
{
	struct scan in = {text, text + len, 1};
	struct span values[count];

	scan_space(&in);
	return in.at < in.end && *in.at == '{' &&
	       read_object(&in, &(struct wanted){keys, count, true}, values) && in.at == in.end;
}

int span_get_bool(struct span value, bool *out)
{
	if (!span_has(value) || (*value.at != 't' && *value.at != 'f'))
		return -EINVAL;
	*out = *value.at == 't';
	return 0;
}

/* What was read of a number: without its sign, and below zero, where there is one number more. */
struct number {
	int64_t below;
	bool has_digit;
	bool has_dot;
};

/* "5.0", as some writers spell a whole number, is one too. */
static inline bool add_to_number(struct number *number, uint32_t code)
{
	uint32_t digit = code - '0';

	if (code == '.' && number->has_digit && !number->has_dot) {
		number->has_dot = true;
		return true;
	}
	if (digit > 9)
		return false;
	if (number->has_dot)
		return digit == 0;
	number->has_digit = true;
	return !__builtin_mul_overflow(number->below, 10, &number->below) &&
	       !__builtin_sub_overflow(number->below, digit, &number->below);
}

/* Digits with an optional minus, to the end; in a string any of them may be escaped. */
static int read_any_number(struct scan in, int64_t min, int64_t max, int64_t *out)
{
	struct number number = {0};
	bool is_negative = false;

	for (bool is_first = true; in.at < in.end; is_first = false) {
		uint32_t code = (unsigned char)*in.at++;

		if (code == '\\' && !scan_escape(&in, &code))
			return -EINVAL;
		if (is_first && code == '-')
			is_negative = true;
		else if (!add_to_number(&number, code))
			return -EINVAL;
	}
	if (!number.has_digit || (!is_negative && number.below == INT64_MIN))
		return -EINVAL;
	number.below = is_negative ? number.below : -number.below;
	if (number.below < min || number.below > max)
		return -EINVAL;
	*out = number.below;
	return 0;
}

/* Nearly all are digits, and few enough not to overflow. */
static int read_number(struct scan in, int64_t min, int64_t max, int64_t *out)
{
	const char *at = in.at;
	uint64_t number = 0;

	if (scan_left(&in) == 0 || scan_left(&in) > SAFE_DIGITS)
		return read_any_number(in, min, max, out);
	for (; at < in.end && *at >= '0' && *at <= '9'; at++)
		number = number * 10 + (uint64_t)(*at - '0');
	if (at < in.end)
		return read_any_number(in, min, max, out);
	if (number > INT64_MAX || (int64_t)number < min || (int64_t)number > max)
		return -EINVAL;
	*out = (int64_t)number;
	return 0;
}

/* A number begins with it. */
static inline bool is_number(char c)
{
	return c == '-' || (c >= '0' && c <= '9');
}

int span_get_i64(struct span value, int64_t min, int64_t max, int64_t *out)
{
	if (!span_has(value) || !is_number(*value.at))
		return -EINVAL;
	return read_number((struct scan){value.at, value.at + value.len, 0}, min, max, out);
}

int span_get_decimal(struct span value, int64_t min, int64_t max, int64_t *out)
{
	if (!span_is_string(value))
		return -EINVAL;
	return read_number((struct scan){value.at + 1, value.at + value.len - 1, 0}, min, max, out);
}

/* What is left behind an element, or between two brackets. */
static int go_on(struct span *rest, struct scan *in)
{
	scan_space(in);
	scan_take(in, ',');
	*rest = (struct span){in->at, scan_left(in), false};
	return 0;
}

static struct scan begin(const struct span *rest)
{
	struct scan in = {rest->at, rest->at + rest->len, 0};

	scan_space(&in);
	return in;
}

static int pass(struct span *rest, char bracket)
{
	struct scan in = begin(rest);

	return scan_take(&in, bracket) ? go_on(rest, &in) : -EINVAL;
}

int span_open(struct span *rest)
{
	return pass(rest, '[');
}

int span_close(struct span *rest)
{
	return pass(rest, ']');
}

int span_take_i64(struct span *rest, int64_t min, int64_t max, int64_t *out)
{
	struct scan in = begin(rest);
	struct span value;

	if (in.at == in.end || !is_number(*in.at) || !scan_value(&in, &value) ||
	    span_get_i64(value, min, max, out))
		return -EINVAL;
	return go_on(rest, &in);
}

int span_take_decimal(struct span *rest, int64_t min, int64_t max, int64_t *out)
{
	struct scan in = begin(rest);
	struct span value;

	if (in.at == in.end || *in.at != '"' || !scan_value(&in, &value) ||
	    span_get_decimal(value, min, max, out))
		return -EINVAL;
	return go_on(rest, &in);
}

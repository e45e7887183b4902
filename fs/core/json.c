/*
 * The strict JSON reader. One scanner walks over values and checks them; everything else slices
 * what it has found sound, so that no value is looked at unchecked.
 */
#include "core/json.h"

#include <errno.h>
#include <string.h>

#include "lokt/duration.h"

struct scan {
	const char *at;
	const char *end;
	bool has_run_out; /* a byte was needed where there is none */
};

static bool at_end(struct scan *in)
{
	if (in->at < in->end)
		return false;
	in->has_run_out = true;
	return true;
}

static void skip_space(struct scan *in)
{
	while (in->at < in->end &&
	       (*in->at == ' ' || *in->at == '\t' || *in->at == '\n' || *in->at == '\r'))
		in->at++;
}

static bool take_byte(struct scan *in, char c)
{
	if (at_end(in) || *in->at != c)
		return false;
	in->at++;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The four digits behind \u. */
static bool take_hex4(struct scan *in, uint32_t *unit)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		int digit = at_end(in) ? -1 : hex_digit(*in->at);

		if (digit < 0)
			return false;
		value = value << 4 | (uint32_t)digit;
		in->at++;
	}
	*unit = value;
	return true;
}

/* What follows \u, as one code point: surrogates only in pairs, and never NUL. */
static bool take_unicode(struct scan *in, uint32_t *code)
{
	uint32_t high, low;

	if (!take_hex4(in, &high))
		return false;
	if (high < 0xD800 || high > 0xDFFF) {
		*code = high;
		return high != 0;
	}
	if (high > 0xDBFF || !take_byte(in, '\\') || !take_byte(in, 'u') || !take_hex4(in, &low) ||
	    low < 0xDC00 || low > 0xDFFF)
		return false;
	*code = 0x10000 + ((high - 0xD800) << 10 | (low - 0xDC00));
	return true;
}

/* What follows a backslash. */
static bool take_escape(struct scan *in, uint32_t *code)
{
	static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (at_end(in))
		return false;
	if (*in->at == 'u') {
		in->at++;
		return take_unicode(in, code);
	}
	found = *in->at ? strchr(names, *in->at) : NULL;
	if (!found)
		return false;
	in->at++;
	*code = (uint32_t)meanings[found - names];
	return true;
}

static bool skip_string(struct scan *in)
{
	const char *run;
	uint32_t code;

	if (!take_byte(in, '"'))
		return false;
	for (run = in->at; !at_end(in) && *in->at != '"';) {
		if ((unsigned char)*in->at < 0x20)
			return false;
		if (*in->at++ == '\\' && !take_escape(in, &code))
			return false;
	}
	return !in->has_run_out && text_is_utf8(run, (size_t)(in->at++ - run));
}

static bool skip_digits(struct scan *in)
{
	const char *start = in->at;

	while (!at_end(in) && *in->at >= '0' && *in->at <= '9')
		in->at++;
	return in->at > start;
}

static bool skip_number(struct scan *in)
{
	if (in->at < in->end && *in->at == '-')
		in->at++;
	if (in->at < in->end && *in->at == '0')
		in->at++;
	else if (!skip_digits(in))
		return false;
	if (in->at < in->end && *in->at == '.') {
		in->at++;
		if (!skip_digits(in))
			return false;
	}
	if (in->at < in->end && (*in->at == 'e' || *in->at == 'E')) {
		in->at++;
		if (in->at < in->end && (*in->at == '+' || *in->at == '-'))
			in->at++;
		return skip_digits(in);
	}
	return true;
}

static bool skip_word(struct scan *in, const char *word)
{
	for (; *word; word++)
		if (!take_byte(in, *word))
			return false;
	return true;
}

static bool skip_scalar(struct scan *in)
{
	switch (*in->at) {
	case '"':
		return skip_string(in);
	case 't':
		return skip_word(in, "true");
	case 'f':
		return skip_word(in, "false");
	case 'n':
		return skip_word(in, "null");
	default:
		return skip_number(in);
	}
}

/* Takes a member's key and its colon. */
static bool take_key(struct scan *in, struct json *key)
{
	const char *start;

	skip_space(in);
	start = in->at + 1;
	if (!skip_string(in))
		return false;
	*key = (struct json){start, (size_t)(in->at - 1 - start)};
	skip_space(in);
	return take_byte(in, ':');
}

/* Over one value. closers holds what will end each object and array that is open. */
static bool skip_value(struct scan *in)
{
	char closers[JSON_DEPTH_MAX];
	size_t depth = 0;
	struct json key;

	for (;;) {
		bool is_first = false;

		skip_space(in);
		if (at_end(in))
			return false;
		if (*in->at == '{' || *in->at == '[') {
			if (depth == JSON_DEPTH_MAX)
				return false;
			closers[depth++] = *in->at++ == '{' ? '}' : ']';
			is_first = true;
		} else if (!skip_scalar(in)) {
			return false;
		}
		if (depth)
			skip_space(in);
		for (; depth && !at_end(in) && *in->at == closers[depth - 1]; is_first = false) {
			in->at++;
			if (--depth)
				skip_space(in);
		}
		if (depth == 0)
			return true;
		if (!is_first && !take_byte(in, ','))
			return false;
		if (closers[depth - 1] == '}' && !take_key(in, &key))
			return false;
	}
}

/* One value as a slice; the white space behind it is skipped. */
static bool take_value(struct scan *in, struct json *value)
{
	const char *start;

	skip_space(in);
	start = in->at;
	if (!skip_value(in))
		return false;
	*value = (struct json){start, (size_t)(in->at - start)};
	skip_space(in);
	return true;
}

/* Index of the key, looked for from `from` on and around: writers keep to the table's order. */
static size_t find_key(struct json key, const char *const *keys, size_t count, size_t from)
{
	for (size_t i = 0; i < count; i++) {
		size_t at = from + i < count ? from + i : from + i - count;

		if (strncmp(keys[at], key.at, key.len) == 0 && !keys[at][key.len])
			return at;
	}
	return count;
}

static bool take_members(struct scan *in, const char *const *keys, size_t count, bool is_closed,
			 struct json *values)
{
	struct json key, value;
	size_t expected = 0;

	skip_space(in);
	if (!take_byte(in, '{'))
		return false;
	skip_space(in);
	for (bool is_first = true; !at_end(in) && *in->at != '}'; is_first = false) {
		size_t i;

		if ((!is_first && !take_byte(in, ',')) || !take_key(in, &key))
			return false;
		i = find_key(key, keys, count, expected);
		if (i == count ? is_closed : json_has(values[i]))
			return false; /* before its value: more text cannot mend it */
		if (!take_value(in, &value))
			return false;
		if (i < count) {
			values[i] = value;
			expected = i + 1;
		}
	}
	if (!take_byte(in, '}'))
		return false;
	skip_space(in);
	return in->at == in->end;
}

int json_members(struct json object, const char *const *keys, size_t count, bool is_closed,
		 struct json *values)
{
	struct scan in = {object.at, object.at + object.len, false};
	struct json found[count];

	memset(found, 0, sizeof found);
	if (!take_members(&in, keys, count, is_closed, found))
		return in.has_run_out ? -EAGAIN : -EINVAL;
	memcpy(values, found, sizeof found);
	return 0;
}

int json_next_element(struct json *rest, struct json *element)
{
	struct scan in = {rest->at, rest->at + rest->len, false};
	struct json value;

	skip_space(&in);
	if (at_end(&in) || (*in.at != '[' && *in.at != ',' && *in.at != ']'))
		return -EINVAL;
	if (*in.at == ']')
		return 0;
	if (*in.at++ == '[') {
		skip_space(&in);
		if (!at_end(&in) && *in.at == ']')
			return 0;
	}
	if (!take_value(&in, &value) || at_end(&in) || (*in.at != ',' && *in.at != ']'))
		return -EINVAL;
	*rest = (struct json){in.at, (size_t)(in.end - in.at)};
	*element = value;
	return 1;
}

static bool is_word(struct json value, const char *word)
{
	return json_has(value) && value.len == strlen(word) &&
	       memcmp(value.at, word, value.len) == 0;
}

bool json_is_null(struct json value)
{
	return is_word(value, "null");
}

int json_get_bool(struct json value, bool *out)
{
	bool is_true = is_word(value, "true");

	if (!is_true && !is_word(value, "false"))
		return -EINVAL;
	*out = is_true;
	return 0;
}

/* Digits with an optional minus; "5.0", as some writers spell a whole number, is one too. */
static int parse_i64(struct json value, int64_t min, int64_t max, int64_t *out)
{
	bool is_negative = value.len && *value.at == '-';
	int64_t number = 0;
	size_t i = is_negative, start = i;

	for (; i < value.len && value.at[i] >= '0' && value.at[i] <= '9'; i++) {
		int digit = value.at[i] - '0';

		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_sub_overflow(number, digit, &number))
			return -EINVAL;
	}
	if (i == start || (!is_negative && number == INT64_MIN))
		return -EINVAL;
	if (i < value.len && value.at[i] == '.')
		for (i++; i < value.len && value.at[i] == '0';)
			i++;
	number = is_negative ? number : -number;
	if (i != value.len || number < min || number > max)
		return -EINVAL;
	*out = number;
	return 0;
}

int json_get_i64(struct json value, int64_t min, int64_t max, int64_t *out)
{
	return json_has(value) ? parse_i64(value, min, max, out) : -EINVAL;
}

int json_get_decimal(struct json value, int64_t min, int64_t max, int64_t *out)
{
	if (!json_has(value) || value.len < 2 || *value.at != '"')
		return -EINVAL;
	return parse_i64((struct json){value.at + 1, value.len - 2}, min, max, out);
}

static size_t put_utf8(uint32_t code, char out[4])
{
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char leads[] = {0, 0x00, 0xC0, 0xE0, 0xF0};

	for (size_t i = len; i-- > 1; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3F));
	out[0] = (char)(leads[len] | code);
	return len;
}

/* The value was checked when it was taken; only its length can be wrong. */
int json_get_string(struct json value, size_t max, char *out)
{
	char decoded[max + 1];
	struct scan in = {0};
	size_t len = 0;

	if (!json_has(value) || value.len < 2 || *value.at != '"')
		return -EINVAL;
	in = (struct scan){value.at + 1, value.at + value.len - 1, false};
	while (in.at < in.end) {
		char bytes[4] = {*in.at};
		size_t step = 1;
		uint32_t code;

		if (*in.at++ == '\\') {
			if (!take_escape(&in, &code))
				return -EINVAL;
			step = put_utf8(code, bytes);
		}
		if (step > max - len)
			return -EINVAL;
		memcpy(decoded + len, bytes, step);
		len += step;
	}
	decoded[len] = '\0';
	memcpy(out, decoded, len + 1);
	return 0;
}

int json_get_clean(struct json value, size_t max, char *out)
{
	char decoded[max + 1];
	int error = json_get_string(value, max, decoded);

	if (error)
		return error;
	if (!text_is_clean(decoded, strlen(decoded), max))
		return -EINVAL;
	strcpy(out, decoded);
	return 0;
}

void json_add_seconds(struct text *out, int64_t ms)
{
	char decimals[] = ".000";
	size_t len = sizeof decimals - 1;
	int64_t rest = ms % MS_PER_SEC;

	text_add_i64(out, ms / MS_PER_SEC);
	if (rest == 0)
		return;
	for (int i = 3; i > 0; i--, rest /= 10)
		decimals[i] = (char)('0' + rest % 10);
	while (decimals[len - 1] == '0')
		len--;
	text_add(out, decimals, len);
}

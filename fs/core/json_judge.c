/* See json_judge.h. */
#include "core/json_judge.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "core/json.h"
#include "core/json_string.h"

#define DIGITS "0123456789"
#define NUMBER DIGITS "+-.eE"
#define SPACE " \t\n\r"

struct intake {
	const char *at;
	const char *end;
	char closers[JSON_DEPTH_MAX]; /* what will end each object and array that is open */
	size_t depth;
	bool is_opened;		 /* the last of them has nothing in it yet */
	const char *const *keys; /* what the outermost object may have; NULL: anything */
	size_t keys_len;
	bool *seen; /* of each */
};

static void pass_space(struct intake *in)
{
	while (in->at < in->end && memchr(SPACE, *in->at, sizeof SPACE - 1))
		in->at++;
}

/* Four digits of a \u; NUL would end the string for whoever reads it. */
static enum json_reading take_hex4(struct intake *in, unsigned *code)
{
	*code = 0;
	for (int i = 0; i < 4; i++) {
		unsigned char c;

		if (in->at == in->end)
			return JSON_CUT;
		c = (unsigned char)*in->at++;
		if (!isxdigit(c))
			return JSON_BAD;
		*code = *code << 4 | (unsigned)(isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return *code ? JSON_WHOLE : JSON_BAD;
}

static enum json_reading take_mark(struct intake *in, char mark)
{
	if (in->at == in->end)
		return JSON_CUT;
	return *in->at++ == mark ? JSON_WHOLE : JSON_BAD;
}

/* Behind a \u. */
static enum json_reading take_code(struct intake *in)
{
	unsigned code;
	enum json_reading got = take_hex4(in, &code);

	if (got != JSON_WHOLE || !json_is_high(code))
		return got == JSON_WHOLE && json_is_low(code) ? JSON_BAD : got;
	got = take_mark(in, '\\');
	if (got == JSON_WHOLE)
		got = take_mark(in, 'u');
	if (got == JSON_WHOLE)
		got = take_hex4(in, &code);
	return got == JSON_WHOLE && !json_is_low(code) ? JSON_BAD : got;
}

/* Behind a backslash. */
static enum json_reading take_escape(struct intake *in)
{
	char c;

	if (in->at == in->end)
		return JSON_CUT;
	c = *in->at++;
	if (c == 'u')
		return take_code(in);
	return c && strchr(JSON_ESCAPES, c) ? JSON_WHOLE : JSON_BAD;
}

static enum json_reading take_string(struct intake *in)
{
	const char *start = in->at++;

	while (in->at < in->end && *in->at != '"') {
		enum json_reading got = JSON_WHOLE;
		unsigned char c = (unsigned char)*in->at++;

		if (c < ' ')
			return JSON_BAD;
		if (c == '\\')
			got = take_escape(in);
		if (got != JSON_WHOLE)
			return got;
	}
	if (in->at == in->end)
		return JSON_CUT;
	in->at++;
	return text_is_utf8(start, (size_t)(in->at - start)) ? JSON_WHOLE : JSON_BAD;
}

/* Moves over digits, of which there must be one. */
static bool pass_digits(const char **at)
{
	size_t len = strspn(*at, DIGITS);

	*at += len;
	return len > 0;
}

/* At an end that is in the text: what it ends with is no part of a number. */
static bool is_number(const char *at, const char *end)
{
	at += *at == '-';
	if (*at == '0')
		at++;
	else if (!pass_digits(&at))
		return false;
	if (*at == '.') {
		at++;
		if (!pass_digits(&at))
			return false;
	}
	if (*at == 'e' || *at == 'E') {
		at += at[1] == '+' || at[1] == '-' ? 2 : 1;
		if (!pass_digits(&at))
			return false;
	}
	return at == end;
}

/* At the text's end it may go on. */
static enum json_reading take_number(struct intake *in)
{
	const char *start = in->at;

	while (in->at < in->end && memchr(NUMBER, *in->at, sizeof NUMBER - 1))
		in->at++;
	if (in->at == in->end)
		return JSON_CUT;
	return is_number(start, in->at) ? JSON_WHOLE : JSON_BAD;
}

static enum json_reading take_word(struct intake *in)
{
	static const char *const words[] = {"true", "false", "null"};
	size_t left = (size_t)(in->end - in->at);

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t len = strlen(words[i]);
		size_t here = left < len ? left : len;

		if (memcmp(in->at, words[i], here) != 0)
			continue;
		in->at += here;
		return here == len ? JSON_WHOLE : JSON_CUT;
	}
	return JSON_BAD;
}

static enum json_reading open_value(struct intake *in, char closer)
{
	in->at++;
	if (in->depth == JSON_DEPTH_MAX)
		return JSON_BAD;
	in->closers[in->depth++] = closer;
	in->is_opened = true;
	return JSON_WHOLE;
}

/* All of a value, or the mark that opens an object or an array. */
static enum json_reading take_value(struct intake *in)
{
	pass_space(in);
	if (in->at == in->end)
		return JSON_CUT;
	switch (*in->at) {
	case '{':
		return open_value(in, '}');
	case '[':
		return open_value(in, ']');
	case '"':
		return take_string(in);
	case '-':
		return take_number(in);
	default:
		return isdigit((unsigned char)*in->at) ? take_number(in) : take_word(in);
	}
}

/* Of the outermost object no key but the listed ones, and each once. */
static bool is_welcome(const struct intake *in, const char *key)
{
	size_t i;

	if (!in->keys || in->depth != 1)
		return true;
	i = json_find_key(key, in->keys, in->keys_len, 0);
	if (i == in->keys_len || in->seen[i])
		return false;
	in->seen[i] = true;
	return true;
}

static enum json_reading take_key(struct intake *in)
{
	enum json_reading got;
	const char *key;

	pass_space(in);
	if (in->at == in->end)
		return JSON_CUT;
	key = in->at;
	got = *key == '"' ? take_string(in) : JSON_BAD;
	if (got != JSON_WHOLE)
		return got;
	if (!is_welcome(in, key))
		return JSON_BAD;
	pass_space(in);
	return take_mark(in, ':');
}

/* In an object or array: its end, or what comes next in it. */
static enum json_reading take_next(struct intake *in)
{
	char closer = in->closers[in->depth - 1];
	bool is_first = in->is_opened;
	enum json_reading got = JSON_WHOLE;

	in->is_opened = false;
	pass_space(in);
	if (in->at == in->end)
		return JSON_CUT;
	if (*in->at == closer) {
		in->at++;
		in->depth--;
		return JSON_WHOLE;
	}
	if (!is_first)
		got = take_mark(in, ',');
	if (got == JSON_WHOLE && closer == '}')
		got = take_key(in);
	return got == JSON_WHOLE ? take_value(in) : got;
}

enum json_reading json_judge(const char *text, size_t len, const char *const *keys, size_t count)
{
	bool seen[count + 1];
	struct intake in = {
		.at = text, .end = text + len, .keys = keys, .keys_len = count, .seen = seen};
	enum json_reading got;

	memset(seen, 0, sizeof seen);
	got = take_value(&in);
	while (got == JSON_WHOLE && in.depth > 0)
		got = take_next(&in);
	pass_space(&in);
	return got == JSON_WHOLE && in.at < in.end ? JSON_BAD : got;
}

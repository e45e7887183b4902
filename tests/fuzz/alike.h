/*
 * The reader of our own JSON (core/span.h) and that of other people's (core/json.h) are of one
 * mind about a text: taken or refused, which members it has, and what each of them is.
 */
#ifndef FUZZ_ALIKE_H
#define FUZZ_ALIKE_H

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core/event_line.h"
#include "core/json.h"
#include "core/span.h"
#include "property.h"

#define ALIKE_LONG ((size_t)4096)

/* How a getter that fills a string does: its status, and that it wrote only on success. */
static void alike_string(struct json json, struct span span, size_t max, bool is_clean)
{
	static char first[ALIKE_LONG + 2], second[ALIKE_LONG + 2];
	int error;

	memset(first, '#', max + 2);
	memset(second, '#', max + 2);
	error = is_clean ? json_get_clean(json, max, first) : json_get_string(json, max, first);
	PROPERTY(error == (is_clean ? span_get_clean(span, max, second)
				    : span_get_string(span, max, second)));
	PROPERTY(memcmp(first, second, max + 2) == 0);
}

/* What a number is that stands in a string: digits, and nothing behind the point but zeroes. */
static int decimal(struct json json, int64_t min, int64_t max, int64_t *out)
{
	static char text[1 << 20];
	long long number;
	char *end;

	if (json_get_string(json, sizeof text - 1, text) ||
	    !isdigit((unsigned char)text[text[0] == '-']))
		return -EINVAL;
	errno = 0;
	number = strtoll(text, &end, 10);
	if (*end == '.')
		end += 1 + strspn(end + 1, "0");
	if (errno || *end || number < min || number > max)
		return -EINVAL;
	*out = number;
	return 0;
}

static void alike_number(struct json json, struct span span, int64_t min, int64_t max)
{
	int64_t first = -77, second = -77;

	PROPERTY(json_get_i64(json, min, max, &first) == span_get_i64(span, min, max, &second));
	PROPERTY(first == second);
	PROPERTY(decimal(json, min, max, &first) == span_get_decimal(span, min, max, &second));
	PROPERTY(first == second);
}

static void alike_plain(struct json json, struct span span)
{
	static const size_t bounds[] = {0, 1, 2, 3, 4, 8, 31, 255, ALIKE_LONG};
	bool first = false, second = false;

	PROPERTY(json_get_bool(json, &first) == span_get_bool(span, &second));
	PROPERTY(first == second);
	alike_number(json, span, INT64_MIN, INT64_MAX);
	alike_number(json, span, 0, INT64_MAX);
	alike_number(json, span, 1, 9);
	alike_number(json, span, -9, -1);
	for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
		alike_string(json, span, bounds[i], false);
		alike_string(json, span, bounds[i], true);
	}
}

/* One element of an array; false when it is of a kind that is never read there. */
static bool alike_element(struct json json, struct span *rest)
{
	struct json inner;
	int64_t first = -77, second = -77;
	int error = json_get_i64(json, -9, INT64_MAX, &first);

	PROPERTY(span_take_i64(rest, -9, INT64_MAX, &second) == error);
	if (error) {
		error = decimal(json, INT64_MIN, 9, &first);
		PROPERTY(span_take_decimal(rest, INT64_MIN, 9, &second) == error);
	}
	PROPERTY(first == second);
	if (!error)
		return true;
	error = json_first(json, &inner);
	PROPERTY(span_open(rest) == error);
	if (error)
		return false;
	for (; json_has(inner); inner = json_next(inner)) {
		PROPERTY(span_close(rest) == -EINVAL);
		if (!alike_element(inner, rest))
			return false;
	}
	PROPERTY(span_close(rest) == 0);
	return true;
}

static void alike_array(struct json json, struct span span)
{
	if (span_has(span) && alike_element(json, &span))
		PROPERTY(span.len == 0);
}

static void alike_value(struct json json, struct span span);

static void alike_members(const struct json *first, const struct span *second)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		alike_value(first[i], second[i]);
}

static void alike_value(struct json json, struct span span)
{
	struct json first[KEY_COUNT];
	struct span second[KEY_COUNT];
	int error;

	PROPERTY(json_has(json) == span_has(span));
	alike_plain(json, span);
	alike_array(json, span);
	error = json_members(json, event_keys, KEY_COUNT, false, first);
	PROPERTY(error == span_object(span, event_keys, KEY_COUNT, second));
	if (!error)
		alike_members(first, second);
}

/* True when both take the text. */
static bool alike(const char *text, size_t len)
{
	struct json first[KEY_COUNT];
	struct span second[KEY_COUNT];
	JSON_DOCUMENT(document);
	int error = json_parse(text, len, &document);

	if (!error)
		error = json_members(json_root(&document), event_keys, KEY_COUNT, false, first);
	PROPERTY(error == span_members(text, len, event_keys, KEY_COUNT, second));
	if (error)
		return false;
	alike_members(first, second);
	return true;
}

#endif

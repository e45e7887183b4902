/*
 * Any bytes as JSON. What is taken, another reader (cJSON) takes too, and reads the same members,
 * elements and strings; numbers are what strtoll(3) makes of their text. It is printed as what is taken
 * again and printed alike; and cut off anywhere it is a beginning, which it is not when it is whole.
 */
#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "property.h"

enum { TEXT_MAX = 1024, KEYS = 7 };

static const char *const keys[KEYS] = {"a", "b", "ttl", "\xC3\xA9", "seq", "ts", "event"};

static void check_room(struct span value, const char *wanted, size_t room)
{
	char text[TEXT_MAX + 2] = "untouched";
	size_t len = strlen(wanted);
	bool is_clean = len <= room && text_is_clean(wanted, len, room);

	PROPERTY(span_get_clean(value, room, text) == (is_clean ? 0 : -EINVAL));
	PROPERTY(strcmp(text, is_clean ? wanted : "untouched") == 0);
	strcpy(text, "untouched");
	PROPERTY(span_get_string(value, room, text) == (len <= room ? 0 : -EINVAL));
	PROPERTY(strcmp(text, len <= room ? wanted : "untouched") == 0);
}

static void check_string(struct span value, const cJSON *other)
{
	char text[TEXT_MAX + 1];

	PROPERTY(span_is_string(value) == cJSON_IsString(other));
	PROPERTY(span_is_null(value) == cJSON_IsNull(other));
	if (!cJSON_IsString(other)) {
		PROPERTY(span_get_string(value, TEXT_MAX, text) == -EINVAL);
		return;
	}
	for (size_t room = 0; room < 12; room++)
		check_room(value, other->valuestring, room);
	check_room(value, other->valuestring, TEXT_MAX);
}

/* Digits, and nothing behind a point but zeroes. */
static int whole_number(const char *text, int64_t min, int64_t max, int64_t *out)
{
	long long number;
	char *end;

	if (!isdigit((unsigned char)text[*text == '-']))
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

static void check_number(struct span value, const cJSON *other, int64_t min, int64_t max)
{
	int64_t wanted = -77, number = -77;
	char text[TEXT_MAX + 1];
	int error = -EINVAL;

	memcpy(text, value.at, value.len);
	text[value.len] = '\0';
	if (cJSON_IsNumber(other))
		error = whole_number(text, min, max, &wanted);
	PROPERTY(span_get_i64(value, min, max, &number) == error && number == wanted);
	error = cJSON_IsString(other) ? whole_number(other->valuestring, min, max, &wanted)
				      : -EINVAL;
	PROPERTY(span_get_decimal(value, min, max, &number) == error && number == wanted);
}

static void check_plain(struct span value, const cJSON *other)
{
	bool is_true = false;

	check_string(value, other);
	check_number(value, other, INT64_MIN, INT64_MAX);
	check_number(value, other, 0, INT64_MAX);
	check_number(value, other, -9, 9);
	PROPERTY((span_get_bool(value, &is_true) == 0) == cJSON_IsBool(other));
	PROPERTY(is_true == cJSON_IsTrue(other));
}

/* Front to back, as far as there is what can be taken so: numbers, also in strings, and arrays. */
static bool take(struct span value, struct span *rest)
{
	int64_t wanted = -77, number = -77;
	struct span element;
	int error = span_get_i64(value, -9, INT64_MAX, &wanted);

	PROPERTY(span_take_i64(rest, -9, INT64_MAX, &number) == error);
	if (error) {
		error = span_get_decimal(value, INT64_MIN, 9, &wanted);
		PROPERTY(span_take_decimal(rest, INT64_MIN, 9, &number) == error);
	}
	PROPERTY(number == wanted);
	if (!error)
		return true;
	error = span_first(value, &element);
	PROPERTY(span_open(rest) == error);
	if (error)
		return false;
	for (; span_has(element); element = span_next(value, element)) {
		PROPERTY(span_close(rest) == -EINVAL);
		if (!take(element, rest))
			return false;
	}
	PROPERTY(span_close(rest) == 0);
	return true;
}

static void check_value(struct span value, const cJSON *other)
{
	struct span members[KEYS];
	struct span element;

	check_plain(value, other);
	PROPERTY((span_first(value, &element) == 0) == cJSON_IsArray(other));
	if (cJSON_IsArray(other)) {
		struct span rest = value;

		PROPERTY(!take(value, &rest) || rest.len == 0);
		for (other = other->child; other; other = other->next) {
			PROPERTY(span_has(element));
			check_value(element, other);
			element = span_next(value, element);
		}
		PROPERTY(!span_has(element));
		return;
	}
	if (span_object(value, keys, KEYS, false, members) != 0)
		return;
	PROPERTY(cJSON_IsObject(other));
	for (size_t i = 0; i < KEYS; i++) {
		const cJSON *member = cJSON_GetObjectItemCaseSensitive(other, keys[i]);

		PROPERTY(span_has(members[i]) == (member != NULL));
		if (member)
			check_value(members[i], member);
	}
}

static void check_print(const struct json_document *document)
{
	char *once = span_print(json_root(document));
	char *twice;
	JSON_DOCUMENT(again);

	PROPERTY(once && json_parse(once, strlen(once), &again) == 0);
	twice = span_print(json_root(&again));
	PROPERTY(twice && strcmp(once, twice) == 0);
	free(once);
	free(twice);
}

static void check_beginnings(const char *text, size_t size, const struct json_document *document)
{
	struct span members[KEYS];
	size_t first = strcspn(text, "{") + 1;

	PROPERTY(!span_is_beginning(text, size, keys, KEYS));
	if (span_object(json_root(document), keys, KEYS, true, members) != 0)
		return;
	while (text[size - 1] != '}')
		size--;
	for (size_t len = first; len < size; len++)
		PROPERTY(span_is_beginning(text, len, keys, KEYS));
}

/* cJSON reads none of 64 bytes and more. */
static bool has_long_number(const char *text, size_t size)
{
	size_t run = 0;

	for (size_t i = 0; i < size && run < 64; i++)
		run = memchr("0123456789+-.eE", text[i], 15) ? run + 1 : 0;
	return run == 64;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	JSON_DOCUMENT(document);
	cJSON *other;

	if (size > TEXT_MAX || has_long_number(text, size) ||
	    json_parse(text, size, &document) != 0)
		return 0;
	other = cJSON_ParseWithLength(text, size);
	PROPERTY(cJSON_IsObject(other));
	check_value(json_root(&document), other);
	cJSON_Delete(other);
	check_print(&document);
	check_beginnings(text, size, &document);
	return 0;
}

/*
 * Strict reading of JSON text, in place: no tree is built, numbers stay exact, and a value's own
 * text can be handed on. Refused: NUL (raw or escaped), bytes that are not UTF-8, nesting
 * over JSON_DEPTH_MAX, a listed key twice, anything behind the value. Private to fs/core.
 */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lokt/text.h"

#define JSON_DEPTH_MAX 8

/* A value's text; at is NULL where the document has no such value. */
struct json {
	const char *at;
	size_t len;
};

static inline bool json_has(struct json value)
{
	return value.at != NULL;
}

/*
 * Takes an object apart: values[i] is the member keys[i], or absent. 0, or -EINVAL when it is no
 * sound object, has a listed key twice, or (is_closed) one that is not listed. -EAGAIN instead
 * when the text merely ends too early. values is filled only on success.
 */
int json_members(struct json object, const char *const *keys, size_t count, bool is_closed,
		 struct json *values);

/*
 * Steps through an array: *rest begins as the array's text and shrinks. 1 and the next element in
 * *element, 0 at the end, -EINVAL.
 */
int json_next_element(struct json *rest, struct json *element);

/* Values as what they should be; 0 or -EINVAL, *out untouched on failure. */
int json_get_bool(struct json value, bool *out);
int json_get_i64(struct json value, int64_t min, int64_t max, int64_t *out);
int json_get_decimal(struct json value, int64_t min, int64_t max, int64_t *out); /* "123" */
int json_get_string(struct json value, size_t max, char *out); /* decoded, at most max bytes */
int json_get_clean(struct json value, size_t max, char *out); /* and text_is_clean() */
bool json_is_null(struct json value);

/* The writing side of a TTL: whole seconds, or with up to three decimals. */
void json_add_seconds(struct text *out, int64_t ms);

#endif

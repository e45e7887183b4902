/*
 * Strict reading of JSON. Refused besides what RFC 8259 does not have (so numbers like 01, trailing
 * commas, raw control characters): NUL by an escape, half a surrogate pair, bytes that are not
 * UTF-8, nesting over JSON_DEPTH_MAX, a listed key twice. Numbers stay exact.
 */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lokt/text.h"

#define JSON_DEPTH_MAX 8

/* A document; what is taken from it lives as long. JSON_DOCUMENT declares one that ends itself. */
struct json_document {
	char *text;
};

void json_release(struct json_document *document);

#define JSON_DOCUMENT(name)                                                                        \
	__attribute__((cleanup(json_release))) struct json_document name = {NULL}

/* A value in a document; at is NULL where the document has no such value. */
struct json {
	const char *at;
};

static inline bool json_has(struct json value)
{
	return value.at != NULL;
}

/* Reads a text that must be one object (or array). 0, -EINVAL, or -ENOMEM. */
int json_parse(const char *text, size_t len, struct json_document *out);
int json_parse_array(const char *text, size_t len, struct json_document *out);

/* The document's own object or array. */
struct json json_root(const struct json_document *document);

/*
 * A text that is no object yet but may become one by more bytes; with no key other than the
 * listed ones in it, and none of them twice.
 */
bool json_is_beginning(const char *text, size_t len, const char *const *keys, size_t count);

/*
 * Takes an object apart: values[i] is the member keys[i], or absent. 0, or -EINVAL when it is no
 * object, has a listed key twice, or (is_closed) one that is not listed. values is filled only
 * on success.
 */
int json_members(struct json object, const char *const *keys, size_t count, bool is_closed,
		 struct json *values);

/* An array's first element, absent in an empty one; -EINVAL when it is no array. */
int json_first(struct json array, struct json *first);
struct json json_next(struct json element); /* absent behind the last, and behind an absent one */

/* Values as what they should be; 0 or -EINVAL, *out untouched on failure. */
int json_get_bool(struct json value, bool *out);
int json_get_i64(struct json value, int64_t min, int64_t max, int64_t *out);
int json_get_decimal(struct json value, int64_t min, int64_t max, int64_t *out); /* "123" */
int json_get_seconds(struct json value, int64_t *ms); /* a number that duration_parse() takes */
int json_get_string(struct json value, size_t max, char *out); /* at most max bytes */
int json_get_clean(struct json value, size_t max, char *out);  /* and text_is_clean() */
bool json_is_null(struct json value);
bool json_is_string(struct json value);

/* The value's text without white space, on the heap; NULL when memory is out. */
char *json_print(struct json value);

/* The writing side of a TTL: whole seconds, or with up to three decimals. */
void json_add_seconds(struct text *out, int64_t ms);

#endif

/*
 * JSON, read where it stands: values are places in the text, and nothing is copied or allocated before
 * somebody asks for it. Refused besides what RFC 8259 does not have (so numbers like 01, trailing
 * commas, raw control characters): NUL by an escape, half a surrogate pair, bytes that are not UTF-8,
 * nesting over SPAN_DEPTH_MAX, a listed key twice. Numbers stay exact.
 */
#ifndef CORE_SPAN_H
#define CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPAN_DEPTH_MAX 8

/* Keys that are asked for are at most that long. */
#define SPAN_KEY_MAX 31

/* A value in a text that was found sound; at is NULL where the text has no such value. */
struct span {
	const char *at; /* with its quotes or brackets */
	size_t len;
	bool is_plain; /* a string that stands for itself: printable ASCII and no escapes */
};

static inline bool span_has(struct span value)
{
	return value.at != NULL;
}

/* The one value that a text is, with white space around it at most. 0, or -EINVAL. */
int span_parse(const char *text, size_t len, struct span *out);

/*
 * A text that is no object yet but may become one by more bytes; with no key other than the listed
 * ones in it, and none of them twice.
 */
bool span_is_beginning(const char *text, size_t len, const char *const *keys, size_t count);

/*
 * Takes a text apart that must be one object, sound in all it holds, with nothing behind it:
 * values[i] is the member keys[i], or absent. 0, or -EINVAL, also when it has a listed key twice.
 * values is of no use on failure. It is quickest where members come in the order of the keys.
 */
int span_members(const char *text, size_t len, const char *const *keys, size_t count,
		 struct span *values);

/*
 * The same for an object in such a text; -EINVAL also when the value is none, or when (is_closed) it
 * has a key that is not listed. values is filled only on success.
 */
int span_object(struct span object, const char *const *keys, size_t count, bool is_closed,
		struct span *values);

/* An array's first element, absent in an empty one; -EINVAL when it is no array. */
int span_first(struct span array, struct span *first);
/* The one behind it; absent behind the last, and behind an absent one. */
struct span span_next(struct span array, struct span element);

bool span_is_null(struct span value);
bool span_is_string(struct span value);

/* Values as what they should be; 0 or -EINVAL, *out untouched on failure. */
int span_get_bool(struct span value, bool *out);
int span_get_i64(struct span value, int64_t min, int64_t max, int64_t *out);
int span_get_decimal(struct span value, int64_t min, int64_t max, int64_t *out); /* "123" */
int span_get_seconds(struct span value, int64_t *ms); /* a number that duration_parse() takes */
int span_get_string(struct span value, size_t max, char *out); /* at most max bytes */
int span_get_clean(struct span value, size_t max, char *out);  /* and text_is_clean() */

/* The value's text without white space, on the heap; NULL when memory is out, or there is no value. */
char *span_print(struct span value);

/*
 * Where speed counts, arrays are read front to back, in one go: rest begins as the array and is what is left of it.
 * Each call passes what it is named for, with the comma behind it; 0 or -EINVAL when something else
 * comes next, and then nothing is passed.
 */
int span_open(struct span *rest);  /* the bracket that begins an array */
int span_close(struct span *rest); /* and the one that ends it */
int span_take_i64(struct span *rest, int64_t min, int64_t max, int64_t *out);
int span_take_decimal(struct span *rest, int64_t min, int64_t max, int64_t *out);

#endif

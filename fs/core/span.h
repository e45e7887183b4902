/*
 * JSON of our own making, read where it stands: values are places in the text, and nothing is
 * copied or allocated before somebody asks for it. What is taken and what is refused is exactly
 * as json.h has it, which reads what comes from others. Private to fs/core.
 */
#ifndef CORE_SPAN_H
#define CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/*
 * Takes a text apart that must be one object, sound in all it holds, with nothing behind it:
 * values[i] is the member keys[i], or absent. 0, or -EINVAL, also when it has a listed key twice.
 * values is of no use on failure. It is quickest where members come in the order of the keys.
 */
int span_members(const char *text, size_t len, const char *const *keys, size_t count,
		 struct span *values);

/* The same for an object in such a text; -EINVAL when the value is none. */
int span_object(struct span object, const char *const *keys, size_t count, struct span *values);

/* Values as what they should be; 0 or -EINVAL, *out untouched on failure. */
int span_get_bool(struct span value, bool *out);
int span_get_i64(struct span value, int64_t min, int64_t max, int64_t *out);
int span_get_decimal(struct span value, int64_t min, int64_t max, int64_t *out); /* "123" */
int span_get_string(struct span value, size_t max, char *out); /* at most max bytes */
int span_get_clean(struct span value, size_t max, char *out);  /* and text_is_clean() */

/*
 * Arrays are read front to back, in one go: rest begins as the array and is what is left of it.
 * Each call passes what it is named for, with the comma behind it; 0 or -EINVAL when something else
 * comes next, and then nothing is passed.
 */
int span_open(struct span *rest);  /* the bracket that begins an array */
int span_close(struct span *rest); /* and the one that ends it */
int span_take_i64(struct span *rest, int64_t min, int64_t max, int64_t *out);
int span_take_decimal(struct span *rest, int64_t min, int64_t max, int64_t *out);

#endif

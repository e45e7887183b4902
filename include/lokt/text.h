/*
 * Text from outside: is it bounded, valid UTF-8 and free of control characters?
 * And a growing buffer that JSON and listings are written into.
 */
#ifndef LOKT_TEXT_H
#define LOKT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Valid UTF-8 (no surrogates, nothing over U+10FFFF, no overlong forms) of at most
 * max bytes, without C0, DEL and C1 control characters, bidirectional overrides
 * (U+202A to U+202E, U+2066 to U+2069) or line separators.
 */
bool text_is_clean(const char *text, size_t len, size_t max);

/* Valid UTF-8 as above, whatever the characters. */
bool text_is_utf8(const char *text, size_t len);

/* A buffer that grows; after a failed allocation `failed` is set and stays. */
struct text {
	char *data; /* NUL-terminated once anything was added */
	size_t len;
	size_t cap;
	bool failed;
};

void text_add(struct text *text, const char *bytes, size_t len);
void text_puts(struct text *text, const char *string);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_u64(struct text *text, uint64_t number);
void text_add_i64(struct text *text, int64_t number);

/*
 * As much of a text from anywhere as makes at most room bytes, cut at a character; what
 * text_is_clean() would not pass becomes a blank.
 */
void text_add_line(struct text *text, const char *string, size_t room);

/* A JSON string with its quotes. Bytes that are not UTF-8 come out as U+FFFD. */
void text_add_json(struct text *text, const char *string);

/* ,"KEY": and the value; the comma is left out directly behind '{' or '['. */
void text_key(struct text *text, const char *key);
void text_key_string(struct text *text, const char *key, const char *value);
void text_key_i64(struct text *text, const char *key, int64_t value);
void text_key_u64(struct text *text, const char *key, uint64_t value);
void text_key_bool(struct text *text, const char *key, bool value);

void text_clear(struct text *text);   /* len 0 and not failed, memory kept */
void text_release(struct text *text); /* memory freed, all zero */

#endif

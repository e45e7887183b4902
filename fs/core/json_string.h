/*
 * Strings of a JSON text that json_judge() has found sound. Each begins at its quote. Private to
 * fs/core/json*.c.
 */
#ifndef CORE_JSON_STRING_H
#define CORE_JSON_STRING_H

#include <stdbool.h>
#include <stddef.h>

/* What can stand behind a backslash, besides u. */
#define JSON_ESCAPES "\"\\/bfnrt"

bool json_is_high(unsigned code); /* the first half of a surrogate pair */
bool json_is_low(unsigned code);

/* What is behind it. */
const char *json_skip_string(const char *at);

/* Its bytes and a NUL; false when they are more than max. */
bool json_decode(const char *at, size_t max, char *out);

/* Which of the keys it is, looked for from `from` on and around; count: none. */
size_t json_find_key(const char *at, const char *const *keys, size_t count, size_t from);

#endif

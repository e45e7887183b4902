/*
 * Goes over JSON strictly, token by token, in the text itself; span.h gives what it passes a
 * meaning, and says what is refused. Whatever fails leaves `at` before what is wrong, and at the end
 * where only more is missing. Private to fs/core/span.c.
 */
#ifndef CORE_SCAN_H
#define CORE_SCAN_H

#include "core/span.h"

/* A text on its way; at never passes end. */
struct scan {
	const char *at;
	const char *end;
	unsigned depth;
};

static inline size_t scan_left(const struct scan *in)
{
	return (size_t)(in->end - in->at);
}

static inline bool scan_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline void scan_space(struct scan *in)
{
	while (in->at < in->end && scan_is_space(*in->at))
		in->at++;
}

/* Passes that byte, if it is the next one. */
static inline bool scan_take(struct scan *in, char c)
{
	if (in->at == in->end || *in->at != c)
		return false;
	in->at++;
	return true;
}

/* Between two elements: 1 for a comma, 0 for that end, -1 for anything else. */
static inline int scan_comma(struct scan *in, char end)
{
	scan_space(in);
	if (scan_take(in, ','))
		return 1;
	return scan_take(in, end) ? 0 : -1;
}

/* What follows a backslash, as the code point it stands for; false when it stands for none. */
bool scan_escape(struct scan *in, uint32_t *code);

/* A value of any kind, which is then in *out; false when there is no sound one. */
bool scan_value(struct scan *in, struct span *out);

/* A member: its key, which is a string, and its value. */
bool scan_member(struct scan *in, struct span *key, struct span *value);

#endif

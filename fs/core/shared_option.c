/* See lokt/shared_option.h. */
#include "lokt/shared_option.h"

#include <string.h>

#include "lokt/duration.h"

static const char *const words[] = {
	[SHARED_OFF] = "off",
	[SHARED_ASYNC] = "async",
	[SHARED_STRICT] = "strict",
};

#define WORDS_LEN (sizeof(words) / sizeof(words[0]))

static const struct {
	int64_t least_ms;
	int64_t most_ms;
	int64_t default_ms;
} spans[SPAN_COUNT] = {
	[SPAN_INTERVAL] = {1000, 24 * 3600 * 1000, 30 * 1000},
	[SPAN_SKEW] = {0, 3600 * 1000, 5 * 1000},
	[SPAN_STRICT_WAIT] = {100, 60 * 1000, 2 * 1000},
};

const char *shared_mode_word(enum shared_mode mode)
{
	return words[mode];
}

bool shared_mode_parse(const char *word, size_t len, enum shared_mode *out)
{
	for (size_t i = 0; i < WORDS_LEN; i++) {
		if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0) {
			*out = (enum shared_mode)i;
			return true;
		}
	}
	return false;
}

/* duration_parse() knows no zero, since no lease may have one. */
static bool is_zero(const char *text, size_t len)
{
	static const char *const units[] = {"", "ms", "s", "m", "h"};

	for (size_t i = 0; len && text[0] == '0' && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i]) == len - 1 && memcmp(units[i], text + 1, len - 1) == 0)
			return true;
	}
	return false;
}

bool shared_span_parse(enum shared_span span, const char *text, size_t len, int64_t *ms)
{
	int64_t parsed = 0;

	if (!is_zero(text, len) && duration_parse(text, len, &parsed) != 0)
		return false;
	if (parsed < spans[span].least_ms || parsed > spans[span].most_ms)
		return false;
	*ms = parsed;
	return true;
}

int64_t shared_span_default(enum shared_span span)
{
	return spans[span].default_ms;
}

bool remote_name_is_valid(const char *name, size_t len)
{
	static const char bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "._/+-";

	if (len == 0 || len > REMOTE_NAME_MAX || name[0] == '-' || name[0] == '/' ||
	    name[len - 1] == '/')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!memchr(bytes, name[i], sizeof bytes - 1))
			return false;
		if (name[i] == '.' && (i == 0 || strchr("./", name[i - 1])))
			return false;
	}
	return true;
}

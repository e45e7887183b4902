/*
 * Any bytes as /proc/PID/environ: what the streaming reader finds is what a plain search of the
 * whole finds, the first of each name, clean and bounded, or nothing at all.
 */
#include <errno.h>

#include "host/callenv.h"
#include "lokt/text.h"
#include "scratch.h"

static const char *const prefixes[CALLENV_COUNT] = {
	[CALLENV_OWNER] = "LOKT_OWNER=",
	[CALLENV_AGENT_ID] = "LOKT_AGENT_ID=",
	[CALLENV_HOST] = "LOKT_HOST=",
	[CALLENV_ACTOR] = "GRITE_ACTOR=",
};

/* The value of the first entry of that name and its length; NULL: there is none. */
static const char *search(const char *text, size_t size, const char *prefix, size_t *len)
{
	size_t skip = strlen(prefix);

	for (size_t at = 0; at < size;) {
		size_t entry = strnlen(text + at, size - at);

		if (entry >= skip && memcmp(text + at, prefix, skip) == 0) {
			*len = entry - skip;
			return text + at + skip;
		}
		at += entry + 1;
	}
	return NULL;
}

static void check_found(const struct callenv *env, const char *text, size_t size, int name)
{
	size_t len = 0;
	const char *value = search(text, size, prefixes[name], &len);

	PROPERTY(env->is_seen[name] == (value != NULL));
	PROPERTY(strlen(env->value[name]) == len);
	PROPERTY(!value || memcmp(env->value[name], value, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct callenv env;
	int error;
	bool is_refused = false;

	scratch_write("environ", data, size);
	error = callenv_read(scratch_dir(), &env);
	for (int i = 0; i < CALLENV_COUNT; i++) {
		size_t len = 0;
		const char *value = search(text, size, prefixes[i], &len);

		is_refused = is_refused || (value && !text_is_clean(value, len, OWNER_MAX));
	}
	PROPERTY(error == (is_refused ? -EINVAL : 0));
	for (int i = 0; i < CALLENV_COUNT && !error; i++)
		check_found(&env, text, size, i);
	return 0;
}

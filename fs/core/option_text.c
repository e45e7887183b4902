/*
 * What is written into a lease's file. A bare duration, or an object in which every key is known
 * and sound: a half-understood option would leave a lease that is not what its maker meant.
 */
#include "lokt/option_text.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "core/json.h"

enum { KEY_TTL, KEY_PID, KEY_NOTE, KEY_AGENT_ID, KEY_COUNT };

static const char *const keys[KEY_COUNT] = {"ttl", "pid", "note", "agent_id"};

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static const char *trim(const char *text, size_t *len)
{
	while (*len && is_space(*text)) {
		text++;
		--*len;
	}
	while (*len && is_space(text[*len - 1]))
		--*len;
	return text;
}

/* "30m", seconds, or null for no TTL. */
static int get_ttl(struct span value, int64_t *ttl_ms)
{
	char text[DURATION_TEXT_MAX];

	if (span_is_null(value)) {
		*ttl_ms = 0;
		return 0;
	}
	if (!span_is_string(value))
		return span_get_seconds(value, ttl_ms);
	if (span_get_string(value, sizeof text - 1, text))
		return -EINVAL;
	return duration_parse(text, strlen(text), ttl_ms);
}

static bool read_values(const struct span *values, struct options *out)
{
	int64_t pid;

	if (span_has(values[KEY_TTL])) {
		if (get_ttl(values[KEY_TTL], &out->ttl_ms))
			return false;
		out->set |= OPTION_TTL;
	}
	if (span_has(values[KEY_PID])) {
		if (span_get_i64(values[KEY_PID], 1, INT_MAX, &pid))
			return false;
		out->pid = (pid_t)pid;
		out->set |= OPTION_PID;
	}
	if (span_has(values[KEY_NOTE])) {
		if (span_get_clean(values[KEY_NOTE], NOTE_MAX, out->note))
			return false;
		out->set |= OPTION_NOTE;
	}
	if (span_has(values[KEY_AGENT_ID])) {
		if (span_get_clean(values[KEY_AGENT_ID], OWNER_MAX, out->agent_id) ||
		    !out->agent_id[0])
			return false;
		out->set |= OPTION_AGENT_ID;
	}
	return true;
}

static enum option_parse parse_object(const char *text, size_t len, struct options *out)
{
	struct span values[KEY_COUNT];
	JSON_DOCUMENT(document);

	int error = json_parse(text, len, &document);

	if (error == -ENOMEM)
		return OPTION_PARSE_NO_MEMORY;
	if (error)
		return span_is_beginning(text, len, keys, KEY_COUNT) ? OPTION_PARSE_INCOMPLETE
								     : OPTION_PARSE_BAD;
	if (span_object(json_root(&document), keys, KEY_COUNT, true, values) ||
	    !read_values(values, out))
		return OPTION_PARSE_BAD;
	return OPTION_PARSE_OK;
}

enum option_parse options_parse(const char *text, size_t len, struct options *out)
{
	struct options options = {0};
	enum option_parse result = OPTION_PARSE_OK;

	text = trim(text, &len);
	if (len == 0)
		return OPTION_PARSE_INCOMPLETE;
	if (*text == '{')
		result = parse_object(text, len, &options);
	else if (duration_parse(text, len, &options.ttl_ms))
		result = OPTION_PARSE_BAD;
	else
		options.set = OPTION_TTL;
	if (result == OPTION_PARSE_OK)
		*out = options;
	return result;
}

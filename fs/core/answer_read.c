/*
 * The reading half of answers: what the CLI makes of the daemon's JSON. Questions and the
 * writing of answers are in request_json.c.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/sync_json.h"
#include "lokt/request_json.h"

#define MESSAGE_TEXT_MAX 4095 /* as received, before it is cut to the view's room */

enum {
	KEY_OK,
	KEY_VERDICT,
	KEY_ERRNO,
	KEY_MESSAGE,
	KEY_LEASE,
	KEY_HOLDER,
	KEY_OWN,
	KEY_RELEASED,
	KEY_SYNC,
	KEY_COUNT
};

static const char *const keys[KEY_COUNT] = {
	"ok", "verdict", "errno", "message", "lease", "holder", "own", "released", "sync",
};

/* Cuts at a character's border, so that what is shown stays UTF-8. */
static void copy_message(const char *message, char *out, size_t size)
{
	size_t len = strnlen(message, size);

	if (len == size)
		for (len--; len && ((unsigned char)message[len] & 0xC0) == 0x80;)
			len--;
	memcpy(out, message, len);
	out[len] = '\0';
}

static int read_failure(const struct span *values, struct answer_view *view)
{
	char message[MESSAGE_TEXT_MAX + 1];
	char word[32];
	int64_t error;

	if (span_get_string(values[KEY_VERDICT], sizeof word - 1, word) ||
	    span_get_i64(values[KEY_ERRNO], 1, INT_MAX, &error) ||
	    span_get_clean(values[KEY_MESSAGE], MESSAGE_TEXT_MAX, message) ||
	    (span_has(values[KEY_OWN]) && span_get_bool(values[KEY_OWN], &view->is_own)))
		return -EINVAL;
	view->verdict = verdict_from_word(word);
	if (view->verdict == VERDICT_OK)
		return -EINVAL;
	view->error = (int)error;
	copy_message(message, view->message, sizeof view->message);
	return 0;
}

static int read_lease(struct span value, struct answer_view *view)
{
	view->lease_raw = span_print(value);
	if (!view->lease_raw)
		return -ENOMEM;
	return lease_json_read(view->lease_raw, strlen(view->lease_raw), &view->lease);
}

static int read_released(struct span array, struct answer_view *view)
{
	char name[RESOURCE_NAME_MAX + 1];
	struct span first, element;
	size_t count = 0;

	if (span_first(array, &first))
		return -EINVAL;
	for (element = first; span_has(element); element = span_next(array, element))
		count++;
	view->released = calloc(count + 1, sizeof *view->released);
	if (!view->released)
		return -ENOMEM;
	for (element = first; span_has(element); element = span_next(array, element)) {
		if (span_get_clean(element, sizeof name - 1, name))
			return -EINVAL;
		view->released[view->released_len] = strdup(name);
		if (!view->released[view->released_len])
			return -ENOMEM;
		view->released_len++;
	}
	return 0;
}

static int read_view(const struct span *values, struct answer_view *view)
{
	int error = span_get_bool(values[KEY_OK], &view->ok);

	if (error == 0 && !view->ok)
		error = read_failure(values, view);
	view->has_lease = view->ok && span_has(values[KEY_LEASE]);
	view->has_holder = !view->ok && span_has(values[KEY_HOLDER]);
	if (error == 0 && (view->has_lease || view->has_holder))
		error = read_lease(values[view->ok ? KEY_LEASE : KEY_HOLDER], view);
	view->holder_alive = view->has_holder && strcmp(view->lease.pid_status, "alive") == 0;
	if (error == 0 && span_has(values[KEY_RELEASED]))
		error = read_released(values[KEY_RELEASED], view);
	view->has_sync = span_has(values[KEY_SYNC]);
	if (error == 0 && view->has_sync)
		error = sync_json_read(values[KEY_SYNC], &view->sync);
	return error;
}

int answer_parse(const char *text, size_t len, struct answer_view *out)
{
	struct span values[KEY_COUNT];
	struct answer_view view = {0};
	JSON_DOCUMENT(document);
	int error;

	error = json_parse(text, len, &document);
	if (error)
		return error;
	if (span_object(json_root(&document), keys, KEY_COUNT, false, values))
		return -EINVAL;
	error = read_view(values, &view);
	if (error)
		answer_view_release(&view);
	else
		*out = view;
	return error;
}

void answer_view_release(struct answer_view *view)
{
	for (size_t i = 0; i < view->released_len; i++)
		free(view->released[i]);
	free(view->released);
	free(view->lease_raw);
	memset(view, 0, sizeof *view);
}

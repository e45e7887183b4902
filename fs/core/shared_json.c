/* See lokt/shared_json.h. */
#include "lokt/shared_json.h"

#include <errno.h>
#include <string.h>

#include "core/json.h"
#include "lokt/duration.h"

enum { KEY_MODE, KEY_REPOSITORY, KEY_REMOTE, KEY_LAST_SYNC, KEY_ERROR, KEY_PENDING, KEY_COUNT };

static const char *const keys[KEY_COUNT] = {
	"mode", "repository", "remote", "last_sync", "error", "pending",
};

static void write_line(struct text *out, unsigned key, const char *value, size_t max)
{
	__attribute__((cleanup(text_release))) struct text line = {0};

	if (!value[0])
		return;
	text_add_line(&line, value, max);
	if (line.failed)
		out->failed = true;
	else
		text_key_string(out, keys[key], line.data);
}

void shared_json_write(struct text *out, const struct shared_state *state)
{
	char stamp[RFC3339_TEXT_MAX];

	text_puts(out, "{");
	text_key_string(out, keys[KEY_MODE], shared_mode_word(state->mode));
	write_line(out, KEY_REPOSITORY, state->repository, sizeof state->repository - 1);
	write_line(out, KEY_REMOTE, state->remote, sizeof state->remote - 1);
	if (state->last_sync_wall_ns) {
		rfc3339_format(state->last_sync_wall_ns, 3, stamp);
		text_key_string(out, keys[KEY_LAST_SYNC], stamp);
	}
	write_line(out, KEY_ERROR, state->error, sizeof state->error - 1);
	text_key_u64(out, keys[KEY_PENDING], state->pending);
	text_puts(out, "}");
}

static int read_line(struct span value, size_t max, char *out)
{
	return span_has(value) ? span_get_clean(value, max, out) : 0;
}

static int read_mode(struct span value, enum shared_mode *out)
{
	char word[16];

	if (span_get_string(value, sizeof word - 1, word))
		return -EINVAL;
	return shared_mode_parse(word, strlen(word), out) ? 0 : -EINVAL;
}

static int read_time(struct span value, int64_t *wall_ns)
{
	char stamp[RFC3339_TEXT_MAX];

	if (!span_has(value))
		return 0;
	if (span_get_clean(value, sizeof stamp - 1, stamp))
		return -EINVAL;
	return rfc3339_parse(stamp, strlen(stamp), wall_ns);
}

static int read_state(struct span object, struct shared_state *out)
{
	struct span values[KEY_COUNT];
	struct shared_state state = {.mode = SHARED_OFF};
	int64_t pending;

	if (span_object(object, keys, KEY_COUNT, false, values) ||
	    read_mode(values[KEY_MODE], &state.mode) ||
	    read_line(values[KEY_REPOSITORY], sizeof state.repository - 1, state.repository) ||
	    read_line(values[KEY_REMOTE], sizeof state.remote - 1, state.remote) ||
	    read_time(values[KEY_LAST_SYNC], &state.last_sync_wall_ns) ||
	    read_line(values[KEY_ERROR], sizeof state.error - 1, state.error) ||
	    span_get_i64(values[KEY_PENDING], 0, INT64_MAX, &pending))
		return -EINVAL;
	state.pending = (uint64_t)pending;
	*out = state;
	return 0;
}

int shared_json_read(const char *text, size_t len, struct shared_state *out)
{
	enum { DOC_VERSION, DOC_SHARED, DOC_COUNT };
	static const char *const doc_keys[DOC_COUNT] = {"version", "shared"};
	struct span values[DOC_COUNT];
	JSON_DOCUMENT(document);
	int64_t version;
	int error = json_parse(text, len, &document);

	if (error)
		return error;
	if (span_object(json_root(&document), doc_keys, DOC_COUNT, false, values) ||
	    span_get_i64(values[DOC_VERSION], 1, 1, &version))
		return -EINVAL;
	return span_has(values[DOC_SHARED]) ? read_state(values[DOC_SHARED], out) : -ENOENT;
}

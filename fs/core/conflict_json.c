/*
 * A conflict between machines as JSON and back: what status.json has under "conflicts".
 */
#include "lokt/conflict_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"

enum { KEY_RESOURCE, KEY_TS, KEY_OURS, KEY_THEIRS, KEY_COUNT };

static const char *const keys[KEY_COUNT] = {"resource", "ts", "ours", "theirs"};

/* Both sides'; ours has the first two. */
enum {
	SIDE_OWNER,
	SIDE_NONCE,
	SIDE_RESOURCE,
	SIDE_NAME,
	SIDE_HOST,
	SIDE_EXPIRES_UNIX_MS,
	SIDE_COUNT
};

static const char *const side_keys[SIDE_COUNT] = {
	"owner", "nonce", "resource", "name", "host", "expires_unix_ms",
};

static void write_resource(struct text *out, const char *key, const struct resource *resource)
{
	char name[RESOURCE_NAME_MAX + 1];

	resource_display(resource, name);
	text_key_string(out, key, name);
}

static void write_theirs(struct text *out, const struct conflict *conflict)
{
	const struct lockref *theirs = &conflict->theirs;

	text_key_string(out, side_keys[SIDE_OWNER], theirs->actor);
	text_key_string(out, side_keys[SIDE_NAME], theirs->owner);
	text_key_string(out, side_keys[SIDE_HOST], theirs->host);
	text_key_string(out, side_keys[SIDE_NONCE], theirs->lock_id);
	text_key_i64(out, side_keys[SIDE_EXPIRES_UNIX_MS], theirs->expires_unix_ms);
	if (!resource_is_equal(&theirs->resource, &conflict->resource))
		write_resource(out, side_keys[SIDE_RESOURCE], &theirs->resource);
}

void conflict_json_write(struct text *out, const struct conflict *conflict)
{
	char stamp[RFC3339_TEXT_MAX];

	rfc3339_format(conflict->wall_ns, 9, stamp);
	text_puts(out, "{");
	write_resource(out, keys[KEY_RESOURCE], &conflict->resource);
	text_key_string(out, keys[KEY_TS], stamp);
	text_key(out, keys[KEY_OURS]);
	text_puts(out, "{");
	text_key_string(out, side_keys[SIDE_OWNER], conflict->owner);
	text_key_string(out, side_keys[SIDE_NONCE], conflict->lock_id);
	text_puts(out, "}");
	text_key(out, keys[KEY_THEIRS]);
	text_puts(out, "{");
	write_theirs(out, conflict);
	text_puts(out, "}}");
}

static int read_resource(struct span value, struct resource *out)
{
	char name[RESOURCE_NAME_MAX + 1];

	if (span_get_clean(value, sizeof name - 1, name))
		return -EINVAL;
	return resource_from_text(name, out) == VERDICT_OK ? 0 : -EINVAL;
}

static int read_ours(struct span object, struct conflict *out)
{
	struct span values[SIDE_COUNT];

	if (span_object(object, side_keys, SIDE_COUNT, false, values) ||
	    span_get_clean(values[SIDE_OWNER], OWNER_MAX, out->owner) ||
	    span_get_clean(values[SIDE_NONCE], LOCK_ID_LEN, out->lock_id))
		return -EINVAL;
	return 0;
}

static int read_theirs(struct span object, struct conflict *out)
{
	struct lockref *theirs = &out->theirs;
	struct span values[SIDE_COUNT];

	if (span_object(object, side_keys, SIDE_COUNT, false, values) ||
	    span_get_clean(values[SIDE_OWNER], OWNER_MAX, theirs->actor) ||
	    span_get_clean(values[SIDE_NAME], OWNER_MAX, theirs->owner) ||
	    span_get_clean(values[SIDE_HOST], OWNER_MAX, theirs->host) ||
	    span_get_clean(values[SIDE_NONCE], LOCK_ID_LEN, theirs->lock_id) ||
	    span_get_i64(values[SIDE_EXPIRES_UNIX_MS], 0, LOCKREF_EXPIRES_MAX,
			 &theirs->expires_unix_ms))
		return -EINVAL;
	theirs->resource = out->resource;
	return span_has(values[SIDE_RESOURCE])
		       ? read_resource(values[SIDE_RESOURCE], &theirs->resource)
		       : 0;
}

static int read_conflict(struct span object, struct conflict *out)
{
	struct span values[KEY_COUNT];
	char stamp[RFC3339_TEXT_MAX];

	*out = (struct conflict){.wall_ns = 0};
	if (span_object(object, keys, KEY_COUNT, false, values) ||
	    read_resource(values[KEY_RESOURCE], &out->resource) ||
	    span_get_clean(values[KEY_TS], sizeof stamp - 1, stamp) ||
	    rfc3339_parse(stamp, strlen(stamp), &out->wall_ns) || read_ours(values[KEY_OURS], out))
		return -EINVAL;
	return read_theirs(values[KEY_THEIRS], out);
}

static int visit_one(struct span object,
		     int (*visit)(const struct conflict *conflict, const char *raw, void *context),
		     void *context)
{
	struct conflict conflict;
	char *raw;
	int result;

	if (read_conflict(object, &conflict))
		return -EINVAL;
	raw = span_print(object);
	if (!raw)
		return -ENOMEM;
	result = visit(&conflict, raw, context);
	free(raw);
	return result;
}

int conflict_json_each(const char *text, size_t len,
		       int (*visit)(const struct conflict *conflict, const char *raw,
				    void *context),
		       void *context)
{
	enum { DOC_VERSION, DOC_CONFLICTS, DOC_COUNT };
	static const char *const doc_keys[DOC_COUNT] = {"version", "conflicts"};
	struct span values[DOC_COUNT];
	JSON_DOCUMENT(document);
	struct span conflict;
	int64_t version;
	int result = json_parse(text, len, &document);

	if (result)
		return result;
	if (span_object(json_root(&document), doc_keys, DOC_COUNT, false, values) ||
	    span_get_i64(values[DOC_VERSION], 1, 1, &version))
		return -EINVAL;
	if (!span_has(values[DOC_CONFLICTS]))
		return 0;
	if (span_first(values[DOC_CONFLICTS], &conflict))
		return -EINVAL;
	for (; span_has(conflict) && result == 0;
	     conflict = span_next(values[DOC_CONFLICTS], conflict))
		result = visit_one(conflict, visit, context);
	return result;
}

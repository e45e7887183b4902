/*
 * The lease as JSON and back. Both directions keep to one table of keys in the order that
 * docs/formats.md promises; unknown keys are passed over, so that older readers keep working.
 */
#include "lokt/lease_json.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"

#define LEASE_VERSION 1

enum key {
	KEY_VERSION,
	KEY_NAME,
	KEY_LOCK_ID,
	KEY_OWNER,
	KEY_HOST,
	KEY_PID,
	KEY_PID_START_NS,
	KEY_AGENT_ID,
	KEY_ACQUIRED_TS,
	KEY_TTL_SEC,
	KEY_EXPIRES_AT,
	KEY_UID,
	KEY_FENCING_TOKEN,
	KEY_BOUND,
	KEY_NOTE,
	KEY_RESOURCE,
	KEY_NONCE,
	KEY_EXPIRES_UNIX_MS,
	KEY_ACTOR,
	KEY_FOREIGN,
	KEY_FREEZE,
	KEY_AGE_SEC,
	KEY_EXPIRED,
	KEY_PID_STATUS,
	KEY_COUNT
};

static const char *const keys[KEY_COUNT] = {
	[KEY_VERSION] = "version",
	[KEY_NAME] = "name",
	[KEY_LOCK_ID] = "lock_id",
	[KEY_OWNER] = "owner",
	[KEY_HOST] = "host",
	[KEY_PID] = "pid",
	[KEY_PID_START_NS] = "pid_start_ns",
	[KEY_AGENT_ID] = "agent_id",
	[KEY_ACQUIRED_TS] = "acquired_ts",
	[KEY_TTL_SEC] = "ttl_sec",
	[KEY_EXPIRES_AT] = "expires_at",
	[KEY_UID] = "uid",
	[KEY_FENCING_TOKEN] = "fencing_token",
	[KEY_BOUND] = "bound",
	[KEY_NOTE] = "note",
	[KEY_RESOURCE] = "resource",
	[KEY_NONCE] = "nonce",
	[KEY_EXPIRES_UNIX_MS] = "expires_unix_ms",
	[KEY_ACTOR] = "actor",
	[KEY_FOREIGN] = "foreign",
	[KEY_FREEZE] = "freeze",
	[KEY_AGE_SEC] = "age_sec",
	[KEY_EXPIRED] = "expired",
	[KEY_PID_STATUS] = "pid_status",
};

static void write_times(struct text *out, const struct lease *lease)
{
	char stamp[RFC3339_TEXT_MAX];

	rfc3339_format(lease->acquired_wall_ns, 9, stamp);
	text_key_string(out, keys[KEY_ACQUIRED_TS], stamp);
	if (lease->ttl_ms != 0) {
		text_key(out, keys[KEY_TTL_SEC]);
		json_add_seconds(out, lease->ttl_ms);
	}
	if (lease->expires_wall_ns == 0)
		return;
	rfc3339_format(lease->expires_wall_ns, 0, stamp);
	text_key_string(out, keys[KEY_EXPIRES_AT], stamp);
}

/* The object without its closing brace. */
static void write_open(struct text *out, const struct lease *lease)
{
	char name[RESOURCE_NAME_MAX + 1];

	resource_display_name(lease->name, name);
	text_add(out, "{", 1);
	text_key_i64(out, keys[KEY_VERSION], LEASE_VERSION);
	text_key_string(out, keys[KEY_NAME], name);
	text_key_string(out, keys[KEY_LOCK_ID], lease->lock_id);
	text_key_string(out, keys[KEY_OWNER], lease->party->owner);
	text_key_string(out, keys[KEY_HOST], lease->party->host);
	text_key_i64(out, keys[KEY_PID], lease->holder.pid);
	text_key_i64(out, keys[KEY_PID_START_NS], lease->holder.start_ns);
	text_key_string(out, keys[KEY_AGENT_ID], lease_agent_id(lease));
	write_times(out, lease);
	text_key_u64(out, keys[KEY_UID], lease->party->uid);
	text_key_u64(out, keys[KEY_FENCING_TOKEN], lease->token);
	text_key_bool(out, keys[KEY_BOUND], lease_is_bound(lease));
	if (lease->note)
		text_key_string(out, keys[KEY_NOTE], lease->note);
	text_key_string(out, keys[KEY_RESOURCE], name);
	text_key_string(out, keys[KEY_NONCE], lease->lock_id);
	if (lease->expires_wall_ns != 0)
		text_key_i64(out, keys[KEY_EXPIRES_UNIX_MS], lease->expires_wall_ns / NS_PER_MS);
	if (lease->party->actor)
		text_key_string(out, keys[KEY_ACTOR], lease->party->actor);
	if (lease->is_foreign)
		text_key_bool(out, keys[KEY_FOREIGN], true);
}

void lease_json_write(struct text *out, const struct lease *lease)
{
	write_open(out, lease);
	text_add(out, "}", 1);
}

void lease_json_write_status(struct text *out, const struct lease *lease, int64_t wall_ns,
			     const char *pid_status)
{
	int64_t age_ns = wall_ns - lease->acquired_wall_ns;

	write_open(out, lease);
	if (lease->is_freeze)
		text_key_bool(out, keys[KEY_FREEZE], true);
	text_key_i64(out, keys[KEY_AGE_SEC], age_ns > 0 ? age_ns / NS_PER_SEC : 0);
	text_key_bool(out, keys[KEY_EXPIRED],
		      lease->expires_wall_ns != 0 && wall_ns >= lease->expires_wall_ns);
	text_key_string(out, keys[KEY_PID_STATUS], pid_status);
	text_add(out, "}", 1);
}

static int read_strings(const struct span *values, struct lease_view *view)
{
	const struct {
		enum key key;
		bool is_optional;
		size_t max;
		char *out;
	} rows[] = {
		{KEY_NAME, false, sizeof view->name - 1, view->name},
		{KEY_LOCK_ID, false, sizeof view->lock_id - 1, view->lock_id},
		{KEY_OWNER, false, sizeof view->owner - 1, view->owner},
		{KEY_HOST, false, sizeof view->host - 1, view->host},
		{KEY_AGENT_ID, false, sizeof view->agent_id - 1, view->agent_id},
		{KEY_ACQUIRED_TS, false, sizeof view->acquired_ts - 1, view->acquired_ts},
		{KEY_NOTE, true, sizeof view->note - 1, view->note},
		{KEY_ACTOR, true, sizeof view->actor - 1, view->actor},
		{KEY_EXPIRES_AT, true, sizeof view->expires_at - 1, view->expires_at},
		{KEY_PID_STATUS, true, sizeof view->pid_status - 1, view->pid_status},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].is_optional && !span_has(values[rows[i].key]))
			continue;
		if (span_get_clean(values[rows[i].key], rows[i].max, rows[i].out))
			return -EINVAL;
	}
	return 0;
}

static int read_numbers(const struct span *values, struct lease_view *view)
{
	int64_t version, pid, uid, token;

	if (span_get_i64(values[KEY_VERSION], LEASE_VERSION, LEASE_VERSION, &version) ||
	    span_get_i64(values[KEY_PID], 0, INT_MAX, &pid) ||
	    span_get_i64(values[KEY_UID], 0, UINT32_MAX, &uid) ||
	    span_get_i64(values[KEY_FENCING_TOKEN], 0, INT64_MAX, &token) ||
	    span_get_bool(values[KEY_BOUND], &view->is_bound))
		return -EINVAL;
	if (span_has(values[KEY_FREEZE]) && span_get_bool(values[KEY_FREEZE], &view->is_freeze))
		return -EINVAL;
	if (span_has(values[KEY_FOREIGN]) && span_get_bool(values[KEY_FOREIGN], &view->is_foreign))
		return -EINVAL;
	view->pid = (pid_t)pid;
	view->uid = (uid_t)uid;
	view->fencing_token = (uint64_t)token;
	return 0;
}

/* A bound lease may have a TTL that does not run: then there is no expiry, in either form. */
static int read_ttl(const struct span *values, struct lease_view *view)
{
	bool has_expiry = span_has(values[KEY_EXPIRES_AT]);

	if (span_has(values[KEY_TTL_SEC]) && span_get_seconds(values[KEY_TTL_SEC], &view->ttl_ms))
		return -EINVAL;
	if (span_has(values[KEY_EXPIRES_UNIX_MS]) != has_expiry)
		return -EINVAL;
	if (!has_expiry)
		return 0;
	return span_get_i64(values[KEY_EXPIRES_UNIX_MS], 0, INT64_MAX / NS_PER_MS,
			    &view->expires_unix_ms);
}

static int read_lease(struct span lease, struct lease_view *out)
{
	struct span values[KEY_COUNT];
	struct lease_view view = {0};

	if (span_object(lease, keys, KEY_COUNT, false, values))
		return -EINVAL;
	if (read_strings(values, &view) || read_numbers(values, &view) || read_ttl(values, &view))
		return -EINVAL;
	if (rfc3339_parse(view.acquired_ts, strlen(view.acquired_ts), &view.acquired_wall_ns))
		return -EINVAL;
	*out = view;
	return 0;
}

int lease_json_read(const char *text, size_t len, struct lease_view *out)
{
	JSON_DOCUMENT(document);
	int error = json_parse(text, len, &document);

	if (error)
		return error;
	return read_lease(json_root(&document), out);
}

static int visit_lease(struct span lease, bool is_freeze,
		       int (*visit)(const struct lease_view *view, const char *raw, void *context),
		       void *context)
{
	struct lease_view view;
	char *raw;
	int result;

	if (read_lease(lease, &view))
		return -EINVAL;
	view.is_freeze = is_freeze;
	raw = span_print(lease);
	if (!raw)
		return -ENOMEM;
	result = visit(&view, raw, context);
	free(raw);
	return result;
}

static int visit_array(struct span array, bool is_freeze,
		       int (*visit)(const struct lease_view *view, const char *raw, void *context),
		       void *context)
{
	struct span lease;
	int result;

	if (span_first(array, &lease))
		return -EINVAL;
	for (; span_has(lease); lease = span_next(array, lease)) {
		result = visit_lease(lease, is_freeze, visit, context);
		if (result)
			return result;
	}
	return 0;
}

int lease_json_each(const char *text, size_t len,
		    int (*visit)(const struct lease_view *view, const char *raw, void *context),
		    void *context)
{
	enum { DOC_VERSION, DOC_LEASES, DOC_FREEZES, DOC_COUNT };
	static const char *const doc_keys[DOC_COUNT] = {"version", "leases", "freezes"};
	struct span values[DOC_COUNT];
	JSON_DOCUMENT(document);
	int64_t version;
	int result;

	result = json_parse(text, len, &document);
	if (result)
		return result;
	if (span_object(json_root(&document), doc_keys, DOC_COUNT, false, values) ||
	    span_get_i64(values[DOC_VERSION], 1, 1, &version) || !span_has(values[DOC_LEASES]) ||
	    !span_has(values[DOC_FREEZES]))
		return -EINVAL;
	result = visit_array(values[DOC_LEASES], false, visit, context);
	if (result == 0)
		result = visit_array(values[DOC_FREEZES], true, visit, context);
	return result;
}

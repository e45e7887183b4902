/*
 * Journal lines as events. The checksum comes first, so what follows is a line that some version
 * of this program wrote; it is bounded and checked all the same.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/event_line.h"
#include "core/span.h"
#include "lokt/event.h"

/* The readers below take an absent value for the default that out holds already. */
static int read_flag(struct span value, bool *out)
{
	return span_has(value) ? span_get_bool(value, out) : 0;
}

static int read_decimal(struct span value, int64_t *out)
{
	return span_has(value) ? span_get_decimal(value, INT64_MIN, INT64_MAX, out) : 0;
}

static int read_u64(struct span value, uint64_t *out)
{
	int64_t number;

	if (span_get_i64(value, 0, INT64_MAX, &number))
		return -EINVAL;
	*out = (uint64_t)number;
	return 0;
}

static int read_time(struct span value, int64_t *wall_ns)
{
	char stamp[RFC3339_TEXT_MAX];

	if (span_get_string(value, sizeof stamp - 1, stamp))
		return -EINVAL;
	return rfc3339_parse(stamp, strlen(stamp), wall_ns);
}

static int read_heap_string(struct span value, size_t max, char **out)
{
	char text[max + 1];

	if (!span_has(value))
		return 0;
	if (span_get_string(value, max, text))
		return -EINVAL;
	*out = strdup(text);
	return *out ? 0 : -ENOMEM;
}

static int read_pid(struct span value, pid_t *out)
{
	int64_t pid;

	if (span_get_i64(value, 0, INT_MAX, &pid))
		return -EINVAL;
	*out = (pid_t)pid;
	return 0;
}

/* [pid,"start"], and what follows it in an array is left in *rest. */
static int take_process(struct span *rest, struct process *out)
{
	int64_t pid, start_ns;

	if (span_open(rest) || span_take_i64(rest, 0, INT_MAX, &pid) ||
	    span_take_decimal(rest, INT64_MIN, INT64_MAX, &start_ns) || span_close(rest))
		return -EINVAL;
	*out = (struct process){(pid_t)pid, start_ns};
	return 0;
}

static int read_process(struct span value, struct process *out)
{
	return span_has(value) ? take_process(&value, out) : 0;
}

static int read_chain(struct span value, struct process chain[PARTY_CHAIN_MAX], unsigned *len)
{
	*len = 0;
	if (!span_has(value))
		return 0;
	if (span_open(&value))
		return -EINVAL;
	for (; span_close(&value); ++*len)
		if (*len == PARTY_CHAIN_MAX || take_process(&value, &chain[*len]))
			return -EINVAL;
	return 0;
}

static int read_party(const struct span *values, struct party **out)
{
	struct span agent =
		values[span_has(values[KEY_AGENT_PARTY]) ? KEY_AGENT_PARTY : KEY_AGENT_ID];
	char owner[OWNER_MAX + 1], host[OWNER_MAX + 1], agent_id[OWNER_MAX + 1];
	char actor[OWNER_MAX + 1];
	bool has_actor = span_has(values[KEY_ACTOR]);
	bool is_owner_explicit = false, is_agent_explicit = false;
	struct process chain[PARTY_CHAIN_MAX];
	unsigned chain_len;
	int64_t uid;
	int64_t gid = 0;

	if (span_get_string(values[KEY_OWNER], OWNER_MAX, owner) ||
	    span_get_string(values[KEY_HOST], OWNER_MAX, host) ||
	    span_get_string(agent, OWNER_MAX, agent_id) ||
	    (has_actor && span_get_string(values[KEY_ACTOR], OWNER_MAX, actor)) ||
	    read_flag(values[KEY_OWNER_EXPLICIT], &is_owner_explicit) ||
	    read_flag(values[KEY_AGENT_EXPLICIT], &is_agent_explicit) ||
	    span_get_i64(values[KEY_UID], 0, UINT32_MAX, &uid) ||
	    (span_has(values[KEY_GID]) && span_get_i64(values[KEY_GID], 0, UINT32_MAX, &gid)) ||
	    read_chain(values[KEY_CHAIN], chain, &chain_len))
		return -EINVAL;
	*out = party_new((uid_t)uid, owner, is_owner_explicit, agent_id, is_agent_explicit, host,
			 has_actor ? actor : NULL, chain, chain_len);
	if (!*out)
		return -ENOMEM;
	(*out)->gid = (gid_t)gid;
	return 0;
}

/* Of 64 bits without a sign, as a string; 0 where there is none. */
static int read_number(struct span value, uint64_t *out)
{
	char digits[21];
	uint64_t handle = 0;

	if (!span_has(value))
		return 0;
	if (span_get_string(value, sizeof digits - 1, digits) || !digits[0])
		return -EINVAL;
	for (const char *at = digits; *at; at++)
		if (*at < '0' || *at > '9' || __builtin_mul_overflow(handle, 10, &handle) ||
		    __builtin_add_overflow(handle, (uint64_t)(*at - '0'), &handle))
			return -EINVAL;
	*out = handle;
	return 0;
}

/* What a replay of whole records needs beyond what read_lease() takes. */
static int read_record(const struct span *values, struct lease *lease)
{
	int error;

	if (read_decimal(values[KEY_PID_START_NS], &lease->holder.start_ns) ||
	    read_time(values[KEY_ACQUIRED], &lease->acquired_wall_ns) ||
	    (span_has(values[KEY_TTL_MS]) &&
	     span_get_i64(values[KEY_TTL_MS], 1, DURATION_MAX_MS, &lease->ttl_ms)) ||
	    read_decimal(values[KEY_DEADLINE_NS], &lease->deadline_ns) ||
	    read_decimal(values[KEY_EXPIRES_WALL_NS], &lease->expires_wall_ns) ||
	    read_flag(values[KEY_TTL_EXPLICIT], &lease->ttl_is_explicit) ||
	    read_process(values[KEY_TTL_SETTER], &lease->ttl_setter) ||
	    read_decimal(values[KEY_PUBLISHED_WALL_NS], &lease->published_wall_ns) ||
	    read_number(values[KEY_HANDLE], &lease->handle) ||
	    read_number(values[KEY_MADE_BY], &lease->made_by) ||
	    read_process(values[KEY_PROCESS], &lease->process))
		return -EINVAL;
	error = read_heap_string(values[KEY_NOTE], NOTE_MAX, &lease->note);
	if (!error)
		error = read_heap_string(values[KEY_AGENT_OPTION], OWNER_MAX, &lease->agent_id);
	return error;
}

static int read_lease(const struct span *values, enum event_class class, struct lease *lease)
{
	char file[RESOURCE_NAME_MAX + 1];
	struct resource resource;
	int error;

	lease->deadline_ns = LEASE_NEVER;
	if (span_get_string(values[KEY_FILE], sizeof file - 1, file) ||
	    resource_from_name(file, &resource) != VERDICT_OK ||
	    read_flag(values[KEY_FREEZE], &lease->is_freeze) ||
	    read_flag(values[KEY_FOREIGN], &lease->is_foreign) ||
	    read_u64(values[KEY_TOKEN], &lease->token) ||
	    (span_has(values[KEY_LOCK_ID]) &&
	     span_get_clean(values[KEY_LOCK_ID], LOCK_ID_LEN, lease->lock_id)) ||
	    read_pid(values[KEY_PID], &lease->holder.pid))
		return -EINVAL;
	if (!lease_set_resource(lease, &resource))
		return -ENOMEM;
	error = read_party(values, &lease->party);
	if (!error && class == EVENT_RECORDS)
		error = read_record(values, lease);
	return error;
}

static int read_extra(struct span extra, struct event *event)
{
	struct span values[EXTRA_COUNT];
	char word[32];

	if (!span_has(extra))
		return 0;
	if (span_object(extra, event_extra_keys, EXTRA_COUNT, false, values))
		return -EINVAL;
	if (span_has(values[EXTRA_VERDICT])) {
		if (span_get_string(values[EXTRA_VERDICT], sizeof word - 1, word))
			return -EINVAL;
		event->verdict = verdict_from_word(word);
	}
	if (span_has(values[EXTRA_WAITED]) &&
	    span_get_i64(values[EXTRA_WAITED], 0, INT64_MAX / NS_PER_MS, &event->waited_ms))
		return -EINVAL;
	return read_heap_string(values[EXTRA_REASON], OWNER_MAX, &event->reason);
}

static int read_count(struct span value, struct event *event)
{
	int64_t count = event_class(event->kind) == EVENT_REFUSES;

	if (span_has(value) && span_get_i64(value, 1, UINT_MAX, &count))
		return -EINVAL;
	event->count = (unsigned)count;
	return 0;
}

static int read_done(const struct span *values, struct event *event)
{
	char word[32];

	if (span_get_string(values[KEY_DONE], sizeof word - 1, word))
		return -EINVAL;
	event->done = event_from_word(word);
	return event->done == EVENT_COUNT ? -EINVAL : read_u64(values[KEY_TOKEN], &event->token);
}

static int read_books(const struct span *values, struct event *event)
{
	if (read_number(values[KEY_MOUNT], &event->mount))
		return -EINVAL;
	if (event->kind == EVENT_DONE)
		return read_done(values, event);
	if (event->kind == EVENT_START &&
	    span_get_clean(values[KEY_BOOT_ID], sizeof event->boot_id - 1, event->boot_id))
		return -EINVAL;
	if (event->kind == EVENT_CLOCK)
		return span_get_decimal(values[KEY_DELTA_NS], INT64_MIN, INT64_MAX,
					&event->delta_ns);
	return read_u64(values[KEY_TOKENS_BELOW], &event->tokens_below);
}

static int read_event(const struct span *values, struct event *event)
{
	enum event_class class;
	char word[32];
	int error;

	if (span_get_string(values[KEY_EVENT], sizeof word - 1, word))
		return -EINVAL;
	event->kind = event_from_word(word);
	if (event->kind == EVENT_COUNT || read_u64(values[KEY_SEQ], &event->seq) ||
	    read_time(values[KEY_TS], &event->at.wall_ns) ||
	    span_get_decimal(values[KEY_MONO_NS], 0, INT64_MAX, &event->at.mono_ns) ||
	    read_number(values[KEY_REQ], &event->req) || read_count(values[KEY_NUMBER], event))
		return -EINVAL;
	error = read_extra(values[KEY_EXTRA], event);
	class = event_class(event->kind);
	if (error || class == EVENT_KEEPS_BOOKS)
		return error ? error : read_books(values, event);
	event->lease = calloc(1, sizeof *event->lease);
	error = event->lease ? read_lease(values, class, event->lease) : -ENOMEM;
	if (!error && event_is_claim(event->kind) && !event->lease->made_by)
		event->lease->made_by = event->req;
	return error;
}

int event_parse(const char *line, size_t len, struct event *out)
{
	struct span values[KEY_COUNT];
	struct event event = {0};
	char crc[CRC_LEN];
	int error;

	if (len && line[len - 1] == '\n')
		len--;
	if (len < sizeof crc)
		return -EBADMSG;
	event_make_crc(line, len - sizeof crc, crc);
	if (memcmp(line + len - sizeof crc, crc, sizeof crc) != 0)
		return -EBADMSG;
	if (span_members(line, len, event_keys, KEY_COUNT, values))
		return -EINVAL;
	error = read_event(values, &event);
	if (error)
		event_clear(&event);
	else
		*out = event;
	return error;
}

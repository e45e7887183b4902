/*
 * Events as journal lines. The order of the calls is the order of the keys in event_line.h.
 */
#include "core/event_line.h"
#include "core/json.h"
#include "lokt/event.h"

static void add_decimal(struct text *out, int64_t number)
{
	text_add(out, "\"", 1);
	text_add_i64(out, number);
	text_add(out, "\"", 1);
}

/* A number of 64 bits without a sign, as a string; nothing where there is none. */
static void key_number(struct text *out, enum event_key key, uint64_t number)
{
	if (!number)
		return;
	text_key(out, event_keys[key]);
	text_add(out, "\"", 1);
	text_add_u64(out, number);
	text_add(out, "\"", 1);
}

static void key_decimal(struct text *out, enum event_key key, int64_t number)
{
	text_key(out, event_keys[key]);
	add_decimal(out, number);
}

static void key_flag(struct text *out, enum event_key key, bool is_set)
{
	if (is_set)
		text_key_bool(out, event_keys[key], true);
}

static void key_optional(struct text *out, enum event_key key, const char *value)
{
	if (value)
		text_key_string(out, event_keys[key], value);
}

static void key_time(struct text *out, enum event_key key, int64_t wall_ns)
{
	char stamp[RFC3339_TEXT_MAX];

	rfc3339_format(wall_ns, 9, stamp);
	text_key_string(out, event_keys[key], stamp);
}

static void add_process(struct text *out, struct process process)
{
	text_add(out, "[", 1);
	text_add_i64(out, process.pid);
	text_add(out, ",", 1);
	add_decimal(out, process.start_ns);
	text_add(out, "]", 1);
}

static void key_process(struct text *out, enum event_key key, struct process process)
{
	if (process.pid == 0)
		return;
	text_key(out, event_keys[key]);
	add_process(out, process);
}

/* Whose it is: what the audit trail shows of every lease. */
static void write_whose(struct text *out, const struct lease *lease)
{
	char name[RESOURCE_NAME_MAX + 1];

	resource_display_name(lease->name, name);
	text_key_string(out, event_keys[KEY_NAME], name);
	key_optional(out, KEY_LOCK_ID, lease->lock_id[0] ? lease->lock_id : NULL);
	text_key_string(out, event_keys[KEY_OWNER], lease->party->owner);
	text_key_string(out, event_keys[KEY_HOST], lease->party->host);
	text_key_i64(out, event_keys[KEY_PID], lease->holder.pid);
	text_key_string(out, event_keys[KEY_AGENT_ID], lease_agent_id(lease));
}

static void write_extra(struct text *out, const struct event *event)
{
	bool is_refusal = event_class(event->kind) == EVENT_REFUSES;

	if (is_refusal && event->count > 1)
		text_key_u64(out, event_keys[KEY_NUMBER], event->count);
	if (!is_refusal && !event->reason && !event->waited_ms)
		return;
	text_key(out, event_keys[KEY_EXTRA]);
	text_add(out, "{", 1);
	if (event->reason)
		text_key_string(out, event_extra_keys[EXTRA_REASON], event->reason);
	if (is_refusal)
		text_key_string(out, event_extra_keys[EXTRA_VERDICT],
				verdict_row(event->verdict)->word);
	if (is_refusal && event->count > 1)
		text_key_u64(out, event_extra_keys[EXTRA_NUMBER], event->count);
	if (event->waited_ms)
		text_key_i64(out, event_extra_keys[EXTRA_WAITED], event->waited_ms);
	text_add(out, "}", 1);
}

static void write_which(struct text *out, const struct event *event)
{
	const struct lease *lease = event->lease;

	text_key_string(out, event_keys[KEY_FILE], lease->name);
	key_flag(out, KEY_FREEZE, lease->is_freeze);
	key_flag(out, KEY_FOREIGN, lease->is_foreign);
	text_key_u64(out, event_keys[KEY_TOKEN], lease->token);
	key_decimal(out, KEY_MONO_NS, event->at.mono_ns);
	text_key_u64(out, event_keys[KEY_UID], lease->party->uid);
	if (lease->party->gid)
		text_key_u64(out, event_keys[KEY_GID], lease->party->gid);
	key_number(out, KEY_REQ, event->req);
}

static void write_party(struct text *out, const struct party *party)
{
	key_flag(out, KEY_OWNER_EXPLICIT, party->owner_is_explicit);
	key_flag(out, KEY_AGENT_EXPLICIT, party->agent_is_explicit);
	key_optional(out, KEY_ACTOR, party->actor);
	text_key(out, event_keys[KEY_CHAIN]);
	text_add(out, "[", 1);
	for (unsigned i = 0; i < party->chain_len; i++) {
		if (i)
			text_add(out, ",", 1);
		add_process(out, party->chain[i]);
	}
	text_add(out, "]", 1);
}

static void write_record(struct text *out, const struct event *event)
{
	const struct lease *lease = event->lease;

	key_decimal(out, KEY_PID_START_NS, lease->holder.start_ns);
	key_time(out, KEY_ACQUIRED, lease->acquired_wall_ns);
	if (lease->ttl_ms)
		text_key_i64(out, event_keys[KEY_TTL_MS], lease->ttl_ms);
	if (lease->deadline_ns != LEASE_NEVER)
		key_decimal(out, KEY_DEADLINE_NS, lease->deadline_ns);
	if (lease->expires_wall_ns)
		key_decimal(out, KEY_EXPIRES_WALL_NS, lease->expires_wall_ns);
	key_flag(out, KEY_TTL_EXPLICIT, lease->ttl_is_explicit);
	key_process(out, KEY_TTL_SETTER, lease->ttl_setter);
	if (lease->published_wall_ns)
		key_decimal(out, KEY_PUBLISHED_WALL_NS, lease->published_wall_ns);
	key_number(out, KEY_HANDLE, lease->handle);
	/* A claim's maker is the request of that very line. */
	if (!event_is_claim(event->kind) || lease->made_by != event->req)
		key_number(out, KEY_MADE_BY, lease->made_by);
	key_process(out, KEY_PROCESS, lease->process);
	key_optional(out, KEY_NOTE, lease->note);
	key_optional(out, KEY_AGENT_OPTION, lease->agent_id);
	key_optional(out, KEY_AGENT_PARTY, lease->agent_id ? lease->party->agent_id : NULL);
	write_party(out, lease->party);
}

static void write_books(struct text *out, const struct event *event)
{
	bool is_done = event->kind == EVENT_DONE;

	if (is_done)
		text_key_u64(out, event_keys[KEY_TOKEN], event->token);
	key_decimal(out, KEY_MONO_NS, event->at.mono_ns);
	key_number(out, KEY_REQ, event->req);
	key_optional(out, KEY_BOOT_ID, event->kind == EVENT_START ? event->boot_id : NULL);
	key_number(out, KEY_MOUNT, event->mount);
	key_optional(out, KEY_DONE, is_done ? event_word(event->done) : NULL);
	if (event->kind == EVENT_CLOCK)
		key_decimal(out, KEY_DELTA_NS, event->delta_ns);
	else if (!is_done)
		text_key_u64(out, event_keys[KEY_TOKENS_BELOW], event->tokens_below);
}

void event_write(struct text *out, const struct event *event)
{
	enum event_class class = event_class(event->kind);
	size_t start = out->len;
	char crc[CRC_LEN];

	event_fetch_crc_table();
	text_add(out, "{", 1);
	text_key_u64(out, event_keys[KEY_SEQ], event->seq);
	key_time(out, KEY_TS, event->at.wall_ns);
	text_key_string(out, event_keys[KEY_EVENT], event_word(event->kind));
	if (class == EVENT_KEEPS_BOOKS) {
		write_extra(out, event);
		write_books(out, event);
	} else {
		write_whose(out, event->lease);
		if (class == EVENT_RECORDS && event->lease->ttl_ms) {
			text_key(out, event_keys[KEY_TTL_SEC]);
			json_add_seconds(out, event->lease->ttl_ms);
		}
		write_extra(out, event);
		write_which(out, event);
		if (class == EVENT_RECORDS)
			write_record(out, event);
	}
	if (out->failed)
		return;
	event_make_crc_cold(out->data + start, out->len - start, crc);
	text_add(out, crc, sizeof crc);
	text_add(out, "\n", 1);
}

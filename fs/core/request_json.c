/*
 * The request file's language, both ways: the daemon reads what the CLI writes and the other way
 * round. A question is closed (an unknown key may be a misspelt condition, so it is refused);
 * an answer is open (newer daemons may say more).
 */
#include "lokt/request_json.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "lokt/shared_option.h"

enum ask_key {
	KEY_OP,
	KEY_RESOURCE,
	KEY_TTL_MS,
	KEY_NOTE,
	KEY_PID,
	KEY_AGENT_ID,
	KEY_WAIT_MS,
	KEY_LOCK_ID,
	KEY_FORCE,
	KEY_BREAK_STALE,
	KEY_ALL,
	KEY_OWNER,
	KEY_ACTOR,
	KEY_REMOTE,
	KEY_COUNT
};

static const char *const keys[KEY_COUNT] = {
	[KEY_OP] = "op",	   [KEY_RESOURCE] = "resource",
	[KEY_TTL_MS] = "ttl_ms",   [KEY_NOTE] = "note",
	[KEY_PID] = "pid",	   [KEY_AGENT_ID] = "agent_id",
	[KEY_WAIT_MS] = "wait_ms", [KEY_LOCK_ID] = "lock_id",
	[KEY_FORCE] = "force",	   [KEY_BREAK_STALE] = "break_stale",
	[KEY_ALL] = "all",	   [KEY_OWNER] = "owner",
	[KEY_ACTOR] = "actor",	   [KEY_REMOTE] = "remote",
};

static const struct {
	const char *word;
	bool needs_resource;
} ops[ASK_COUNT] = {
	[ASK_ACQUIRE] = {"acquire", true},
	[ASK_RELEASE] = {"release", true},
	[ASK_RENEW] = {"renew", true},
	[ASK_FREEZE] = {"freeze", true},
	[ASK_UNFREEZE] = {"unfreeze", true},
	[ASK_SYNC] = {"sync", false},
	[ASK_GC] = {"gc", false},
	[ASK_QUERY] = {"query", true},
};

/* JSON can't carry bytes that are not UTF-8; the encoded name means the same resource. */
static void write_resource(struct text *out, const char *text)
{
	struct resource resource;
	bool is_utf8 = text_is_utf8(text, strlen(text));

	if (!is_utf8 && resource_from_text(text, &resource) == VERDICT_OK)
		text_key_string(out, keys[KEY_RESOURCE], resource.name);
	else
		text_key_string(out, keys[KEY_RESOURCE], text);
}

static const char pid_self[] = "self";

static void write_options(struct text *out, const struct options *options)
{
	if (options->set & OPTION_TTL) {
		text_key(out, keys[KEY_TTL_MS]);
		if (options->ttl_ms)
			text_add_i64(out, options->ttl_ms);
		else
			text_puts(out, "null");
	}
	if (options->set & OPTION_NOTE)
		text_key_string(out, keys[KEY_NOTE], options->note);
	if (options->set & OPTION_PID && options->pid == OPTION_PID_SELF)
		text_key_string(out, keys[KEY_PID], pid_self);
	else if (options->set & OPTION_PID)
		text_key_i64(out, keys[KEY_PID], options->pid);
	if (options->set & OPTION_AGENT_ID)
		text_key_string(out, keys[KEY_AGENT_ID], options->agent_id);
}

void ask_write(struct text *out, const struct ask *ask)
{
	text_add(out, "{", 1);
	text_key_string(out, keys[KEY_OP], ops[ask->op].word);
	if (ask->resource[0])
		write_resource(out, ask->resource);
	write_options(out, &ask->options);
	if (ask->wait_ms)
		text_key_i64(out, keys[KEY_WAIT_MS], ask->wait_ms);
	if (ask->lock_id[0])
		text_key_string(out, keys[KEY_LOCK_ID], ask->lock_id);
	if (ask->force)
		text_key_bool(out, keys[KEY_FORCE], true);
	if (ask->break_stale)
		text_key_bool(out, keys[KEY_BREAK_STALE], true);
	if (ask->scope == ASK_ALL_MINE)
		text_key_bool(out, keys[KEY_ALL], true);
	if (ask->scope == ASK_ALL_OF_OWNER)
		text_key_string(out, keys[KEY_OWNER], ask->owner);
	if (ask->actor[0])
		text_key_string(out, keys[KEY_ACTOR], ask->actor);
	if (ask->remote[0])
		text_key_string(out, keys[KEY_REMOTE], ask->remote);
	text_add(out, "}", 1);
}

/* A clean string that is not empty, where the key is given. */
static int read_word(struct span value, size_t max, char *out)
{
	if (!span_has(value))
		return 0;
	return span_get_clean(value, max, out) || !out[0] ? -EINVAL : 0;
}

/* A name that git could take for something else never comes near it. */
static int read_remote(struct span value, char *out)
{
	if (read_word(value, OWNER_MAX, out))
		return -EINVAL;
	return span_has(value) && !remote_name_is_valid(out, strlen(out)) ? -EINVAL : 0;
}

static int read_flag(struct span value, bool *out)
{
	return span_has(value) ? span_get_bool(value, out) : 0;
}

static bool has_op(const struct span *values, struct ask *ask)
{
	char word[16];

	if (span_get_string(values[KEY_OP], sizeof word - 1, word))
		return false;
	for (unsigned i = 0; i < ASK_COUNT; i++)
		if (strcmp(ops[i].word, word) == 0) {
			ask->op = (enum ask_op)i;
			return true;
		}
	return false;
}

static int read_ttl(struct span value, struct options *options)
{
	if (!span_has(value))
		return 0;
	if (!span_is_null(value) && span_get_i64(value, 1, DURATION_MAX_MS, &options->ttl_ms))
		return -EINVAL;
	options->set |= OPTION_TTL;
	return 0;
}

static int read_pid(struct span value, struct options *options)
{
	char word[sizeof(pid_self)];
	int64_t pid = OPTION_PID_SELF;
	bool is_self;

	if (!span_has(value))
		return 0;
	is_self = !span_get_string(value, sizeof(word) - 1, word) && strcmp(word, pid_self) == 0;
	if (!is_self && span_get_i64(value, 1, INT_MAX, &pid))
		return -EINVAL;
	options->pid = (pid_t)pid;
	options->set |= OPTION_PID;
	return 0;
}

static int read_note(struct span value, struct options *options)
{
	if (!span_has(value))
		return 0;
	options->set |= OPTION_NOTE;
	return span_get_clean(value, NOTE_MAX, options->note);
}

/* What is wrong with the values, each by itself; NULL when nothing is. */
static const char *read_values(const struct span *values, struct ask *ask)
{
	struct options *options = &ask->options;

	if (!has_op(values, ask))
		return "op must be acquire, release, renew, freeze, unfreeze, sync, gc or query";
	if (span_has(values[KEY_RESOURCE]) &&
	    span_get_string(values[KEY_RESOURCE], sizeof ask->resource - 1, ask->resource))
		return "resource must be a string of bounded length";
	if (read_ttl(values[KEY_TTL_MS], options))
		return "ttl_ms must be a positive whole number or null";
	if (read_note(values[KEY_NOTE], options))
		return "note must be a string without control characters, at most 1000 bytes";
	if (read_pid(values[KEY_PID], options))
		return "pid must be a positive whole number or \"self\"";
	if (read_word(values[KEY_AGENT_ID], OWNER_MAX, options->agent_id))
		return "agent_id must be a string without control characters, 1 to 255 bytes";
	if (span_has(values[KEY_AGENT_ID]))
		options->set |= OPTION_AGENT_ID;
	if (span_has(values[KEY_WAIT_MS]) &&
	    span_get_i64(values[KEY_WAIT_MS], 0, DURATION_MAX_MS, &ask->wait_ms))
		return "wait_ms must be a whole number that is not negative";
	if (read_word(values[KEY_LOCK_ID], LOCK_ID_LEN, ask->lock_id))
		return "lock_id must be a string of 1 to 32 bytes";
	if (read_flag(values[KEY_FORCE], &ask->force) ||
	    read_flag(values[KEY_BREAK_STALE], &ask->break_stale))
		return "force and break_stale must be true or false";
	if (read_word(values[KEY_OWNER], OWNER_MAX, ask->owner))
		return "owner must be a string without control characters, 1 to 255 bytes";
	if (read_word(values[KEY_ACTOR], OWNER_MAX, ask->actor))
		return "actor must be a string without control characters, 1 to 255 bytes";
	if (read_remote(values[KEY_REMOTE], ask->remote))
		return "remote must be the name of a git remote, 1 to 255 bytes";
	return NULL;
}

/* What is wrong with their combination. */
static const char *read_scope(const struct span *values, struct ask *ask)
{
	bool has_owner = span_has(values[KEY_OWNER]);
	bool is_all = false;

	if (read_flag(values[KEY_ALL], &is_all))
		return "all must be true or false";
	if (is_all && has_owner)
		return "all and owner exclude each other";
	ask->scope = is_all ? ASK_ALL_MINE : has_owner ? ASK_ALL_OF_OWNER : ASK_ONE;
	if (ask->force && ask->break_stale)
		return "force and break_stale exclude each other";
	if (ask->actor[0] && ask->op != ASK_ACQUIRE)
		return "actor is for acquire only";
	if (ask->remote[0] && ask->op != ASK_SYNC && ask->op != ASK_GC)
		return "remote is for sync and gc only";
	if (ask->scope == ASK_ONE)
		return ops[ask->op].needs_resource && !ask->resource[0]
			       ? "resource is missing or empty"
			       : NULL;
	if (ask->op != ASK_RELEASE)
		return "all and owner are for release only";
	if (span_has(values[KEY_RESOURCE]) || ask->lock_id[0])
		return "all and owner exclude resource and lock_id";
	return NULL;
}

int ask_parse(const char *text, size_t len, struct ask *out, const char **why)
{
	struct span values[KEY_COUNT];
	struct ask ask = {0};
	JSON_DOCUMENT(document);
	const char *fault;
	int error = json_parse(text, len, &document);

	*why = "out of memory";
	if (error == -ENOMEM)
		return error;
	if (error || span_object(json_root(&document), keys, KEY_COUNT, true, values))
		fault = "a request is one JSON object with known keys, none of them twice";
	else
		fault = read_values(values, &ask);
	if (!fault)
		fault = read_scope(values, &ask);
	if (fault) {
		*why = fault;
		return -EINVAL;
	}
	*out = ask;
	return 0;
}

/* lock "NAME", freeze "NAME", or this where the request names nothing. */
static void add_subject(struct text *out, const struct answer *answer)
{
	bool is_freeze = answer->lease && answer->lease->is_freeze && !answer->error &&
			 answer->verdict != VERDICT_FROZEN;
	char name[RESOURCE_NAME_MAX + 1];

	if (!answer->resource) {
		text_puts(out, "this");
		return;
	}
	resource_display(answer->resource, name);
	text_printf(out, "%s \"%s\"", is_freeze ? "freeze" : "lock", name);
}

/* Who is in the way, and with what when that is not the resource itself. */
static void add_holder(struct text *out, const struct answer *answer)
{
	const struct lease *lease = answer->lease;
	bool is_same = answer->resource && lease_is_of(lease, answer->resource);
	char name[RESOURCE_NAME_MAX + 1];

	if (!is_same) {
		resource_display_name(lease->name, name);
		text_printf(out, ", \"%s\" %s", name, lease->is_freeze ? "frozen" : "held");
	} else if (answer->verdict != VERDICT_HELD && answer->verdict != VERDICT_FROZEN) {
		text_puts(out, lease->is_freeze ? ", frozen" : ", held");
	}
	/* no pid: its holder is another machine's, or one that cannot be seen from here */
	if (lease->holder.pid)
		text_printf(out, " by %s@%s (pid %d)", lease->party->owner, lease->party->host,
			    (int)lease->holder.pid);
	else
		text_printf(out, " by %s on %s", lease->party->owner, lease->party->host);
}

/* As much of it as a reader has room for. */
static void add_why(struct text *out, const char *why)
{
	size_t room = sizeof(((struct answer_view *)0)->message) - 1;

	if (out->len + 2 >= room)
		return;
	text_puts(out, ": ");
	text_add_line(out, why, room - out->len);
}

static void write_message(struct text *out, const struct answer *answer)
{
	__attribute__((cleanup(text_release))) struct text message = {0};
	const char *description = strerrordesc_np(answer->error);

	add_subject(&message, answer);
	if (answer->error) {
		text_printf(&message, ": %s", description ? description : "unknown error");
	} else {
		text_printf(&message, " %s", verdict_row(answer->verdict)->sentence);
		if (answer->lease)
			add_holder(&message, answer);
	}
	if (answer->why && answer->why[0])
		add_why(&message, answer->why);
	if (message.failed)
		out->failed = true;
	else
		text_key_string(out, "message", message.data);
}

static void write_refusal(struct text *out, const struct answer *answer)
{
	const struct verdict_row *row =
		verdict_row(answer->error ? VERDICT_COUNT : answer->verdict);

	text_key_bool(out, "ok", false);
	text_key_string(out, "verdict", row->word);
	text_key_i64(out, "errno", answer->error ? answer->error : row->error);
	write_message(out, answer);
	if (!answer->lease)
		return;
	text_key(out, "holder");
	lease_json_write_status(out, answer->lease, answer->wall_ns,
				answer->pid_status ? answer->pid_status : "unknown");
	text_key_bool(out, "own", answer->is_own);
}

void answer_write(struct text *out, const struct answer *answer)
{
	text_add(out, "{", 1);
	if (answer->error || answer->verdict != VERDICT_OK) {
		write_refusal(out, answer);
	} else {
		text_key_bool(out, "ok", true);
		if (answer->lease) {
			text_key(out, "lease");
			lease_json_write(out, answer->lease);
		}
	}
	if (answer->released) {
		text_key(out, "released");
		text_puts(out, answer->released);
	}
	if (answer->sync) {
		text_key(out, "sync");
		text_puts(out, "{");
		sync_report_write_keys(out, answer->sync);
		text_puts(out, "}");
	}
	text_add(out, "}", 1);
}

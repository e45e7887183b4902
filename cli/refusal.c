/*
 * Refusals as text and JSON. A verdict that deserves more than its row's sentence has a
 * teller here; exit statuses are the verdict table's.
 */
#include "refusal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "show.h"

static const char *variable_or(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && value[0] ? value : otherwise;
}

/* B@H (pid M): this lokt's caller, as the daemon would name it. */
static void add_caller(struct text *out)
{
	char machine[OWNER_MAX + 1] = "localhost";

	gethostname(machine, sizeof(machine) - 1);
	text_printf(out, "%s@%s (pid %d)", show_caller(), variable_or("LOKT_HOST", machine),
		    (int)getppid());
}

/* Disk, memory and the like: no outcome of the game. */
static bool world_failed(const struct answer_view *answer)
{
	return answer->verdict == VERDICT_COUNT;
}

static void write_holder(struct text *json, const struct answer_view *answer)
{
	const struct lease_view *lease = &answer->lease;
	bool has_expiry = lease->expires_unix_ms != 0;
	const char *pid_status = lease->pid_status[0] ? lease->pid_status : "unknown";

	text_key_string(json, "holder_name", lease->name);
	text_key_string(json, "holder_owner", lease->owner);
	text_key_string(json, "holder_host", lease->host);
	text_key_i64(json, "holder_pid", lease->pid);
	text_key_string(json, "holder_agent_id", lease->agent_id);
	text_key_i64(json, "holder_age_sec", show_age_ms(lease) / MS_PER_SEC);
	if (lease->ttl_ms)
		text_key_i64(json, "holder_ttl_sec", lease->ttl_ms / MS_PER_SEC);
	if (has_expiry)
		text_key_i64(json, "holder_remaining_sec", show_remaining_ms(lease) / MS_PER_SEC);
	text_key_bool(json, "holder_expired", has_expiry && show_remaining_ms(lease) == 0);
	text_key_string(json, "holder_pid_status", pid_status);
	text_key_string(json, "holder_acquired_ts", lease->acquired_ts);
	if (has_expiry)
		text_key_string(json, "holder_expires_at", lease->expires_at);
}

static void write_document(const char *name, const struct answer_view *answer, bool is_blocked,
			   const char *message)
{
	struct text json = {0};

	text_puts(&json, "{");
	text_key_string(&json, "status", is_blocked ? "blocked" : "error");
	if (name[0])
		text_key_string(&json, "name", name);
	text_key_string(&json, "code",
			world_failed(answer) ? "io" : verdict_row(answer->verdict)->word);
	text_key_string(&json, "message", message);
	if (answer->has_holder)
		write_holder(&json, answer);
	text_puts(&json, "}");
	output_document(&json);
}

struct refusal {
	const struct call *call;
	const struct answer_view *answer;
	bool is_freeze; /* the operation is about one */
	struct text *message;
};

static void add_holder(const struct refusal *refusal)
{
	const struct lease_view *lease = &refusal->answer->lease;
	char holder[SHOW_HOLDER_MAX];
	char age[DURATION_TEXT_MAX];

	if (!refusal->answer->has_holder) {
		text_puts(refusal->message, "others who wait for it");
		return;
	}
	show_holder(lease, holder);
	duration_format_short(show_age_ms(lease), age);
	text_printf(refusal->message, "%s for %s", holder, age);
}

static const char *noun(const struct refusal *refusal)
{
	return refusal->is_freeze ? "freeze" : "lock";
}

static void describe_plainly(const struct refusal *refusal)
{
	text_printf(refusal->message, "%s \"%s\" %s", noun(refusal), refusal->call->name,
		    verdict_row(refusal->answer->verdict)->sentence);
}

static void describe_held(const struct refusal *refusal)
{
	text_printf(refusal->message,
		    refusal->is_freeze ? "\"%s\" is already frozen by " : "lock \"%s\" held by ",
		    refusal->call->name);
	add_holder(refusal);
}

static void describe_conflict(const struct refusal *refusal)
{
	describe_plainly(refusal);
	if (refusal->answer->has_holder)
		text_printf(refusal->message, ": \"%s\"", refusal->answer->lease.name);
	text_puts(refusal->message, " held by ");
	add_holder(refusal);
}

static void describe_frozen(const struct refusal *refusal)
{
	const struct lease_view *freeze = &refusal->answer->lease;
	char holder[SHOW_HOLDER_MAX];
	char remaining[DURATION_TEXT_MAX];

	if (!refusal->answer->has_holder) {
		describe_plainly(refusal);
		return;
	}
	show_holder(freeze, holder);
	text_printf(refusal->message, "lock \"%s\" frozen by %s", refusal->call->name, holder);
	if (strcmp(freeze->name, refusal->call->name) != 0)
		text_printf(refusal->message, " (by the freeze of \"%s\")", freeze->name);
	duration_format_short(show_remaining_ms(freeze), remaining);
	text_printf(refusal->message, ", %s remaining", remaining);
}

static void describe_timed_out(const struct refusal *refusal)
{
	text_printf(refusal->message, "timed out waiting for lock \"%s\", held by ",
		    refusal->call->name);
	add_holder(refusal);
}

/* The daemon knows why, and its words say it. */
static void describe_as_told(const struct refusal *refusal)
{
	text_puts(refusal->message, refusal->answer->message);
}

static void describe_not_owner(const struct refusal *refusal)
{
	const struct lease_view *lease = &refusal->answer->lease;
	bool is_here = lease->pid > 0;

	if (!refusal->answer->has_holder) {
		describe_plainly(refusal);
		return;
	}
	text_printf(refusal->message, "%s \"%s\" owned by %s%s%s", noun(refusal),
		    refusal->call->name, lease->owner, is_here ? "@" : " on ", lease->host);
	if (is_here)
		text_printf(refusal->message, " (pid %d)", (int)lease->pid);
	text_puts(refusal->message, ", not ");
	add_caller(refusal->message);
}

static void describe_missing(const struct refusal *refusal)
{
	text_printf(refusal->message, "%s \"%s\" not found", noun(refusal), refusal->call->name);
}

static void describe_with_holder(const struct refusal *refusal)
{
	describe_plainly(refusal);
	if (!refusal->answer->has_holder)
		return;
	text_puts(refusal->message, ": held by ");
	add_holder(refusal);
}

/* What its verdict's sentence does not say well enough. */
static const struct {
	enum verdict verdict;
	bool is_blocked; /* the document says "blocked" */
	void (*describe)(const struct refusal *refusal);
} tellers[] = {
	{VERDICT_HELD, true, describe_held},
	{VERDICT_CONFLICT, true, describe_conflict},
	{VERDICT_FROZEN, true, describe_frozen},
	{VERDICT_TIMED_OUT, true, describe_timed_out},
	{VERDICT_NOT_OWNER, false, describe_not_owner},
	{VERDICT_UNREACHABLE, false, describe_as_told},
	{VERDICT_UNSUPPORTED, false, describe_as_told},
	{VERDICT_NO_LEASE, false, describe_missing},
	{VERDICT_BOUND, false, describe_with_holder},
	{VERDICT_NOT_STALE, false, describe_with_holder},
};

/* Puts the sentence together; whether the document is to say "blocked". */
static bool describe(const struct refusal *refusal)
{
	for (size_t i = 0; i < sizeof(tellers) / sizeof(tellers[0]); i++) {
		if (tellers[i].verdict != refusal->answer->verdict)
			continue;
		tellers[i].describe(refusal);
		return tellers[i].is_blocked;
	}
	describe_plainly(refusal);
	return false;
}

static void hint(const struct refusal *refusal, enum ask_op op)
{
	const struct answer_view *answer = refusal->answer;

	if (op == ASK_ACQUIRE && answer->verdict == VERDICT_HELD && answer->is_own)
		output_hint("lokt renew %s", refusal->call->name);
	if (answer->verdict == VERDICT_FROZEN && answer->has_holder && answer->is_own)
		output_hint("lokt unfreeze %s", answer->lease.name);
	if (op == ASK_RELEASE && answer->verdict == VERDICT_BOUND)
		output_hint("lokt unlock %s --force", refusal->call->name);
}

int refusal_tell(const struct call *call, enum ask_op op, const struct answer_view *answer)
{
	struct text message = {0};
	struct refusal refusal = {.call = call,
				  .answer = answer,
				  .is_freeze = op == ASK_FREEZE || op == ASK_UNFREEZE,
				  .message = &message};
	const char *sentence;
	bool is_blocked = false;

	if (world_failed(answer) || !call->has_resource)
		text_puts(&message, answer->message);
	else
		is_blocked = describe(&refusal);
	sentence = message.failed || !message.data ? answer->message : message.data;
	output_error("%s", sentence);
	hint(&refusal, op);
	if (output_is_json())
		write_document(call->name, answer, is_blocked, sentence);
	text_release(&message);
	return verdict_row(answer->verdict)->lokt_exit;
}

/* A variable of ours that says who asks, with what may not be said; or NULL. */
static const char *find_bad_variable(void)
{
	static const char *const names[] = {"LOKT_OWNER", "LOKT_AGENT_ID", "LOKT_HOST",
					    "GRITE_ACTOR"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = variable_or(names[i], "");

		if (!text_is_clean(value, strlen(value), OWNER_MAX))
			return names[i];
	}
	return NULL;
}

int refusal_tell_error(int error)
{
	const struct verdict_row *row = verdict_row(VERDICT_BAD_IDENTITY);
	const char *variable = error == -EINVAL ? find_bad_variable() : NULL;

	if (variable)
		return output_fail(row->lokt_exit, row->word,
				   "%s: should be at most %d bytes of UTF-8 without control "
				   "characters",
				   variable, OWNER_MAX);
	return output_fail(EXIT_ERROR, "io", "no answer from the daemon: %s", strerror(-error));
}

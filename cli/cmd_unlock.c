/*
 * lokt unlock: release one lock, all that an owner has, or all of the caller's own. Who may
 * is the daemon's to say.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "talk.h"

static struct {
	const char *lock_id;
	const char *owner;
	bool is_forced;
	bool breaks_stale;
	bool is_all;
} want;

static const struct option_row options[] = {
	{.name = "lock-id",
	 .takes = TAKES_TEXT,
	 .value = &want.lock_id,
	 .metavar = "ID",
	 .help = "only that very lock, never a newer one of the name"},
	{.name = "force",
	 .takes = TAKES_NOTHING,
	 .value = &want.is_forced,
	 .help = "even another party's, as its user, the mounter or root",
	 .excludes = "break-stale"},
	{.name = "break-stale",
	 .takes = TAKES_NOTHING,
	 .value = &want.breaks_stale,
	 .help = "only if nobody is behind it any more"},
	{.name = "owner",
	 .takes = TAKES_TEXT,
	 .value = &want.owner,
	 .metavar = "O",
	 .help = "all locks of that owner that you may release",
	 .excludes = "all"},
	{.name = "all",
	 .takes = TAKES_NOTHING,
	 .value = &want.is_all,
	 .help = "all locks that you or the shells above you hold"},
	OPTION_ROW_JSON,
	{0},
};

static int check(const struct call *call)
{
	bool has_scope = want.owner || want.is_all;

	if (!call->has_resource && !has_scope)
		return usage_error(call->command, "missing NAME, --owner or --all");
	if (call->has_resource && has_scope)
		return usage_error(call->command, "NAME cannot go together with --owner or --all");
	if (has_scope && (want.lock_id || want.is_forced || want.breaks_stale))
		return usage_error(call->command,
				   "--lock-id, --force and --break-stale need a NAME");
	if (want.owner &&
	    (!want.owner[0] || !text_is_clean(want.owner, strlen(want.owner), OWNER_MAX)))
		return usage_error(call->command, "--owner: not an owner's name");
	if (want.lock_id && (strlen(want.lock_id) != LOCK_ID_LEN ||
			     strspn(want.lock_id, "0123456789abcdef") != LOCK_ID_LEN))
		return usage_error(call->command, "--lock-id: should be %d lower-case hex digits",
				   LOCK_ID_LEN);
	return EXIT_DONE;
}

static void tell_released(const struct answer_view *answer)
{
	struct text json = {0};

	for (size_t i = 0; i < answer->released_len; i++)
		output_print("released lock \"%s\"\n", answer->released[i]);
	if (answer->released_len == 0)
		output_print("no locks\n");
	if (!output_is_json())
		return;
	text_puts(&json, "{\"released\":[");
	for (size_t i = 0; i < answer->released_len; i++) {
		if (i)
			text_puts(&json, ",");
		text_add_json(&json, answer->released[i]);
	}
	text_puts(&json, "]");
	text_key_u64(&json, "count", answer->released_len);
	text_puts(&json, "}");
	output_document(&json);
}

static int release_many(const struct call *call, struct ask *ask)
{
	struct answer_view answer;
	int status;

	ask->scope = want.is_all ? ASK_ALL_MINE : ASK_ALL_OF_OWNER;
	if (want.owner)
		snprintf(ask->owner, sizeof(ask->owner), "%s", want.owner);
	status = talk_ask(call, ask, &answer);
	if (status != EXIT_DONE)
		return status;
	tell_released(&answer);
	answer_view_release(&answer);
	return EXIT_DONE;
}

static int run(const struct call *call)
{
	struct ask ask = talk_question(call, ASK_RELEASE);
	char sentence[RESOURCE_NAME_MAX + 32];

	if (!call->has_resource)
		return release_many(call, &ask);
	ask.force = want.is_forced;
	ask.break_stale = want.breaks_stale;
	if (want.lock_id)
		snprintf(ask.lock_id, sizeof(ask.lock_id), "%s", want.lock_id);
	snprintf(sentence, sizeof(sentence), "released lock \"%s\"", call->name);
	return talk(call, &ask, "released", sentence);
}

const struct command_body cmd_unlock = {options, check, run};

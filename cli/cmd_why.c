/*
 * lokt why: what an acquire would run into now, and the commands that would help, each as it
 * can be typed.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "obstacles.h"
#include "output.h"
#include "show.h"

static const struct option_row options[] = {
	OPTION_ROW_JSON,
	{0},
};

static bool frozen_by_us(const struct obstacle *obstacle)
{
	return obstacle->lease.is_freeze && obstacle->is_own;
}

static bool frozen_breakably(const struct obstacle *obstacle)
{
	return obstacle->lease.is_freeze && !obstacle->is_own && obstacle->may_force;
}

static bool stale_breakably(const struct obstacle *obstacle)
{
	return obstacle->is_stale && obstacle->may_force;
}

static bool ours_and_timed(const struct obstacle *obstacle)
{
	return obstacle->reason == REASON_SELF_HELD && obstacle->lease.ttl_ms;
}

static bool ours_to_release(const struct obstacle *obstacle)
{
	return obstacle->reason == REASON_SELF_HELD && !obstacle->lease.is_bound;
}

static bool ours_but_bound(const struct obstacle *obstacle)
{
	return obstacle->reason == REASON_SELF_HELD && obstacle->lease.is_bound;
}

static bool of_others(const struct obstacle *obstacle)
{
	return !obstacle->lease.is_freeze && !obstacle->is_own && !obstacle->is_stale;
}

static bool of_others_breakably(const struct obstacle *obstacle)
{
	return of_others(obstacle) && obstacle->may_force;
}

static bool held_elsewhere(const struct obstacle *obstacle)
{
	return obstacle->lease.is_foreign;
}

/* A freeze sends those away who wait, so waiting helps only where nothing is frozen. */
static const struct remedy {
	bool (*helps)(const struct obstacle *obstacle);
	const char *command;
	bool is_for_asked; /* the name is the one asked about, not the obstacle's */
	bool needs_thaw;
	const char *comment;
	bool is_whole; /* the command takes no name */
} remedies[] = {
	{held_elsewhere, "lokt sync", false, false, "hear from the remote whether it was released",
	 true},
	{frozen_by_us, "lokt unfreeze", false, false, "end your freeze", false},
	{frozen_breakably, "lokt unfreeze --force", false, false,
	 "end another's freeze, if you are sure", false},
	{stale_breakably, "lokt unlock --break-stale", false, false, "nobody is behind it any more",
	 false},
	{ours_and_timed, "lokt renew", false, false, "keep it longer", false},
	{ours_to_release, "lokt unlock", false, false, "release it", false},
	{ours_but_bound, "lokt unlock --force", false, false,
	 "take it from the process that holds it for you", false},
	{of_others, "lokt lock --wait", true, true, "wait for your turn", false},
	{of_others_breakably, "lokt unlock --force", false, false,
	 "take it away, if you are sure that nobody works under it", false},
};

#define REMEDIES_LEN (sizeof(remedies) / sizeof(remedies[0]))

static void add_command(struct text *out, const char *command, const char *name)
{
	text_puts(out, command);
	text_puts(out, name[0] == '-' ? " -- " : " ");
	show_add_quoted(out, name);
}

static void add_age(struct text *out, const struct lease_view *lease)
{
	char span[DURATION_TEXT_MAX];

	duration_format_short(show_age_ms(lease), span);
	text_printf(out, " for %s", span);
	if (!lease->expires_unix_ms)
		return;
	duration_format_short(show_remaining_ms(lease), span);
	text_printf(out, ", %s remaining", span);
}

static void add_sentence(struct text *out, const struct call *call, const struct obstacle *obstacle)
{
	const struct lease_view *lease = &obstacle->lease;
	char holder[SHOW_HOLDER_MAX];

	show_holder(lease, holder);
	text_printf(out, "lock \"%s\" ", call->name);
	if (obstacle->reason == REASON_FROZEN)
		text_printf(out, "frozen by %s%s", obstacle->is_own ? "you, " : "", holder);
	else if (obstacle->reason == REASON_CONFLICT)
		text_printf(out, "overlaps \"%s\", held by %s", lease->name, holder);
	else
		text_printf(out, "held by %s%s",
			    obstacle->reason == REASON_SELF_HELD ? "you, " : "", holder);
	add_age(out, lease);
	if (obstacle->reason == REASON_FROZEN && strcmp(lease->name, call->name) != 0)
		text_printf(out, " (by the freeze of \"%s\")", lease->name);
	if (lease->is_bound)
		text_puts(out, "; bound: it ends with its process or open file");
	if (obstacle->is_stale)
		text_puts(out, "; stale: no time limit, and nobody behind it lives");
}

struct telling {
	const struct call *call;
	const struct obstacles *obstacles;
	struct text lines;
	struct text entries;  /* of the JSON array of obstacles */
	struct text commands; /* of the JSON array of commands */
	bool waits;	      /* "wait for your turn" was said */
};

static bool is_frozen(const struct obstacles *obstacles)
{
	return obstacles->len && obstacles->list[0].reason == REASON_FROZEN;
}

static void tell_remedy(struct telling *telling, const struct remedy *remedy, const char *name)
{
	struct text command = {0};

	if (remedy->is_whole)
		text_puts(&command, remedy->command);
	else
		add_command(&command, remedy->command, name);
	if (command.failed) {
		telling->lines.failed = true;
		return;
	}
	text_printf(&telling->lines, "  %s  # %s\n", command.data, remedy->comment);
	text_puts(&telling->commands, telling->commands.len ? "," : "");
	text_add_json(&telling->commands, command.data);
	text_release(&command);
}

static void tell_remedies(struct telling *telling, const struct obstacle *obstacle)
{
	for (size_t i = 0; i < REMEDIES_LEN; i++) {
		const struct remedy *remedy = &remedies[i];

		if (!remedy->helps(obstacle) ||
		    (remedy->needs_thaw && (is_frozen(telling->obstacles) || telling->waits)))
			continue;
		telling->waits |= remedy->needs_thaw;
		tell_remedy(telling, remedy,
			    remedy->is_for_asked ? telling->call->name : obstacle->lease.name);
	}
}

static void tell_obstacle(struct telling *telling, const struct obstacle *obstacle)
{
	struct text sentence = {0};
	struct text *entries = &telling->entries;

	add_sentence(&sentence, telling->call, obstacle);
	if (sentence.failed) {
		telling->lines.failed = true;
		return;
	}
	text_printf(&telling->lines, "%s\n", sentence.data);
	text_puts(entries, entries->len ? ",{" : "{");
	text_key_string(entries, "reason", reason_word(obstacle->reason));
	text_key_string(entries, "message", sentence.data);
	text_key_bool(entries, "own", obstacle->is_own);
	text_key(entries, "lease");
	text_puts(entries, obstacle->raw);
	text_puts(entries, "}");
	text_release(&sentence);
	tell_remedies(telling, obstacle);
}

static void tell_document(const struct telling *telling)
{
	const struct obstacles *obstacles = telling->obstacles;
	struct text json = {0};

	text_puts(&json, "{");
	text_key_string(&json, "status", obstacles->len ? "blocked" : "free");
	text_key_string(&json, "name", telling->call->name);
	if (obstacles->len)
		text_key_string(&json, "reason", reason_word(obstacles->list[0].reason));
	text_key_u64(&json, "waiters", obstacles->waiters);
	text_key(&json, "obstacles");
	text_printf(&json, "[%s]", telling->entries.data ? telling->entries.data : "");
	text_key(&json, "commands");
	text_printf(&json, "[%s]", telling->commands.data ? telling->commands.data : "");
	text_puts(&json, "}");
	output_document(&json);
}

static void tell(struct telling *telling)
{
	const struct obstacles *obstacles = telling->obstacles;

	for (size_t i = 0; i < obstacles->len; i++)
		tell_obstacle(telling, &obstacles->list[i]);
	if (!obstacles->len)
		text_printf(&telling->lines, "lock \"%s\" is free\n", telling->call->name);
	if (obstacles->more)
		text_printf(&telling->lines, "and %zu more\n", obstacles->more);
	if (obstacles->waiters)
		text_printf(&telling->lines, "%zu waiting for it\n", obstacles->waiters);
	output_print("%s", telling->lines.data ? telling->lines.data : "");
	if (output_is_json())
		tell_document(telling);
}

static int run(const struct call *call)
{
	struct obstacles obstacles;
	struct telling telling = {.call = call, .obstacles = &obstacles};
	int error = obstacles_find(call, &obstacles);
	int status;

	if (error)
		return output_fail(EXIT_ERROR, "io", "cannot read the status: %s",
				   strerror(-error));
	tell(&telling);
	status = obstacles.len ? verdict_row(VERDICT_HELD)->lokt_exit : EXIT_DONE;
	if (telling.lines.failed || telling.entries.failed || telling.commands.failed)
		status = output_fail(EXIT_ERROR, "io", "out of memory");
	obstacles_release(&obstacles);
	text_release(&telling.lines);
	text_release(&telling.entries);
	text_release(&telling.commands);
	return status;
}

const struct command_body cmd_why = {options, NULL, run};

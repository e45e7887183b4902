/*
 * lokt audit: the trail's lines as they are, chosen by time, name, owner and kind. Starts
 * nothing: the trail outlives its daemons.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "lokt/duration.h"
#include "lokt/event.h"
#include "name.h"
#include "output.h"
#include "trail.h"

/* Coalesced refusals are written late, with the time they were refused at. */
#define LATENESS_NS (60 * NS_PER_SEC)

#define BATCH_BYTES 65536
#define EVENT_KEY "\"event\":\""

static struct {
	const char *since;
	const char *name;
	const char *owner;
	struct text events;
	bool follows;
} want;

static const struct option_row options[] = {
	{.name = "since",
	 .takes = TAKES_TEXT,
	 .value = &want.since,
	 .metavar = "D|TIME",
	 .help = "from that long ago (1h), or that time (2026-11-22T03:04:05Z), on"},
	{.name = "name",
	 .takes = TAKES_TEXT,
	 .value = &want.name,
	 .metavar = "N",
	 .help = "only about that lock"},
	{.name = "owner",
	 .takes = TAKES_TEXT,
	 .value = &want.owner,
	 .metavar = "O",
	 .help = "only of that owner"},
	{.name = "event",
	 .takes = TAKES_LIST,
	 .value = &want.events,
	 .metavar = "E[,E…]",
	 .help = "only these: acquire, release, expire, deny, …"},
	{.name = "tail",
	 .takes = TAKES_NOTHING,
	 .value = &want.follows,
	 .help = "what happens from now on (with --since: also what did)"},
	{0},
};

/* What a line must have. */
struct choice {
	bool has_since;
	int64_t since_ns;
	unsigned events;  /* bits by kind */
	bool is_explicit; /* --event was given */
	struct text name; /* ,"name":"…" or empty */
	struct text owner;
	struct text batch;
};

static struct choice choice;

static int check_since(const struct call *call)
{
	int64_t span_ms;

	if (!want.since)
		return EXIT_DONE;
	choice.has_since = true;
	if (rfc3339_parse(want.since, strlen(want.since), &choice.since_ns) == 0)
		return EXIT_DONE;
	if (duration_parse(want.since, strlen(want.since), &span_ms) < 0)
		return usage_error(call->command,
				   "--since \"%.100s\": neither a duration (1h, 7d) nor a time "
				   "(2026-11-22T03:04:05Z)",
				   want.since);
	choice.since_ns = trail_time_before(span_ms);
	return EXIT_DONE;
}

static int check_name(const struct call *call)
{
	char shown[RESOURCE_NAME_MAX + 1];
	struct resource resource;
	const char *wrong = want.name ? name_read(want.name, &resource) : NULL;

	if (wrong)
		return usage_error(call->command, "--name \"%.300s\" %s", want.name, wrong);
	if (!want.name)
		return EXIT_DONE;
	resource_display(&resource, shown);
	text_puts(&choice.name, ",\"name\":");
	text_add_json(&choice.name, shown);
	return EXIT_DONE;
}

static int check_owner(const struct call *call)
{
	if (!want.owner)
		return EXIT_DONE;
	if (!want.owner[0] || !text_is_clean(want.owner, strlen(want.owner), OWNER_MAX))
		return usage_error(call->command, "--owner: not an owner's name");
	text_puts(&choice.owner, ",\"owner\":");
	text_add_json(&choice.owner, want.owner);
	return EXIT_DONE;
}

static int unknown_event(const struct call *call, const char *word)
{
	struct text words = {0};
	int status;

	for (unsigned i = 0; i < EVENT_COUNT; i++)
		text_printf(&words, "%s%s", i ? ", " : "", event_word((enum event_kind)i));
	status = usage_error(call->command, "--event \"%.100s\": should be one of %s", word,
			     words.data ? words.data : "the known ones");
	text_release(&words);
	return status;
}

static int check_events(const struct call *call)
{
	char *rest = want.events.data;
	char *word;

	choice.is_explicit = want.events.len > 0;
	for (unsigned i = 0; i < EVENT_COUNT && !choice.is_explicit; i++) {
		bool is_ours = event_class((enum event_kind)i) != EVENT_KEEPS_BOOKS;

		choice.events |= (unsigned)(is_ours && i != EVENT_BIND) << i;
	}
	while (choice.is_explicit && (word = strsep(&rest, ","))) {
		enum event_kind kind = event_from_word(word);

		if (kind == EVENT_COUNT)
			return unknown_event(call, word);
		choice.events |= 1u << kind;
	}
	return EXIT_DONE;
}

static int check(const struct call *call)
{
	static int (*const checks[])(const struct call *) = {check_since, check_name, check_owner,
							     check_events};
	int status = EXIT_DONE;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && status == EXIT_DONE; i++)
		status = checks[i](call);
	return status;
}

/* Keys come in one order and quotes in values are escaped, so bytes are enough to go by. */
static bool has_bytes(const char *line, size_t len, const struct text *wanted)
{
	return !wanted->len || memmem(line, len, wanted->data, wanted->len);
}

static bool is_wanted_event(const char *line, size_t len)
{
	char word[32];
	const char *at = memmem(line, len, EVENT_KEY, strlen(EVENT_KEY));
	size_t room = at ? (size_t)(line + len - at) - strlen(EVENT_KEY) : 0;
	const char *end = at ? memchr(at + strlen(EVENT_KEY), '"', room) : NULL;
	enum event_kind kind;

	if (!end)
		return !choice.is_explicit;
	at += strlen(EVENT_KEY);
	snprintf(word, sizeof(word), "%.*s", (int)(end - at), at);
	kind = event_from_word(word);
	return kind == EVENT_COUNT ? !choice.is_explicit : choice.events >> kind & 1;
}

static int put_batch(void)
{
	if (choice.batch.failed)
		return -ENOMEM;
	output_exact(choice.batch.data ? choice.batch.data : "", choice.batch.len);
	text_clear(&choice.batch);
	return output_flush();
}

static int visit(const char *line, size_t len, void *context)
{
	(void)context;
	if ((choice.has_since && trail_line_time(line, len) < choice.since_ns) ||
	    !is_wanted_event(line, len) || !has_bytes(line, len, &choice.name) ||
	    !has_bytes(line, len, &choice.owner))
		return 0;
	text_add(&choice.batch, line, len);
	return choice.batch.len < BATCH_BYTES ? 0 : put_batch();
}

static int seek(struct trail *trail)
{
	if (choice.has_since)
		return trail_seek(trail, choice.since_ns - LATENESS_NS);
	return want.follows ? trail_seek_end(trail) : 0;
}

static int show(struct trail *trail)
{
	int error = want.follows ? trail_watch(trail) : 0;

	if (!error)
		error = seek(trail);
	while (!error) {
		error = trail_read(trail, visit, NULL);
		if (!error)
			error = put_batch();
		if (!want.follows)
			break;
		if (!error)
			error = trail_wait(trail);
	}
	return error;
}

static int run(const struct call *call)
{
	struct trail trail;
	bool is_whole = !choice.name.failed && !choice.owner.failed;
	int error = is_whole ? trail_open(&trail, call->root) : -ENOMEM;

	/* no ROOT: nothing has happened yet */
	if (error == -ENOENT && !want.follows)
		return EXIT_DONE;
	if (!error) {
		error = show(&trail);
		trail_close(&trail);
	}
	text_release(&choice.batch);
	text_release(&choice.name);
	text_release(&choice.owner);
	text_release(&want.events);
	/* whoever read what follows has seen enough */
	if (error == -EPIPE && want.follows)
		return EXIT_DONE;
	/* what stdout did not take is told at the end */
	if (error && output_flush() == 0)
		return output_fail(EXIT_ERROR, "io", "cannot read the trail of %s: %s", call->root,
				   strerror(-error));
	return error ? EXIT_ERROR : EXIT_DONE;
}

const struct command_body cmd_audit = {options, check, run};

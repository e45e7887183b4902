/*
 * lokt sync, grite lock sync: the daemon exchanges the shared locks with the remote; this tells
 * what came of it. A sync that worked and found conflicts does not exit with 0, for a lock that
 * somebody counted on is gone.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "command.h"
#include "conflicts.h"
#include "grite.h"
#include "lokt/shared_option.h"
#include "output.h"
#include "syncing.h"

#define LIMIT_DEFAULT_MS (60 * MS_PER_SEC)

static int64_t limit_ms;

static const struct option_row options[] = {
	{.name = "timeout",
	 .takes = TAKES_DURATION,
	 .value = &limit_ms,
	 .metavar = "D",
	 .help = "give up after D (default: 60s)"},
	OPTION_ROW_JSON,
	{0},
};

static int check(const struct call *call)
{
	const struct arguments *arguments = &call->arguments;
	const char *remote = arguments->len ? arguments->list[0] : NULL;

	if (arguments->len > 1)
		return usage_error(call->command, "unexpected argument \"%.100s\"",
				   arguments->list[1]);
	if (remote && !remote_name_is_valid(remote, strlen(remote)))
		return usage_error(call->command, "\"%.300s\" is not the name of a git remote",
				   remote);
	return EXIT_DONE;
}

/* What is said and counted of a report; "conflicts" are told by themselves, "kept" is no news. */
static const struct {
	const char *word;
	size_t offset;
	bool is_news;
} numbers[] = {
	{"imported", offsetof(struct sync_report, imported), true},
	{"dropped", offsetof(struct sync_report, dropped), true},
	{"pushed", offsetof(struct sync_report, pushed), true},
	{"refused", offsetof(struct sync_report, refused), true},
	{"removed", offsetof(struct sync_report, removed), true},
	{"kept", offsetof(struct sync_report, kept), false},
};

#define NUMBERS_LEN (sizeof(numbers) / sizeof(numbers[0]))

static unsigned number_of(const struct sync_report *report, size_t i)
{
	return *(const unsigned *)((const char *)report + numbers[i].offset);
}

static void print_report(const struct sync_report *report)
{
	struct text parts = {0};

	for (size_t i = 0; i < NUMBERS_LEN; i++) {
		if (numbers[i].is_news && number_of(report, i))
			text_printf(&parts, "%s%u %s", parts.len ? ", " : "", number_of(report, i),
				    numbers[i].word);
	}
	if (report->conflicts)
		text_printf(&parts, "%s%u conflict%s", parts.len ? ", " : "", report->conflicts,
			    report->conflicts == 1 ? "" : "s");
	output_print("synced%s%s: %s\n", report->remote[0] ? " with " : "", report->remote,
		     parts.len ? parts.data : "nothing to do");
	text_release(&parts);
}

static void print_document(const struct sync_report *report, const struct conflicts *conflicts)
{
	struct text json = {0};

	grite_begin_document(&json);
	if (report->remote[0])
		text_key_string(&json, "remote", report->remote);
	for (size_t i = 0; i < NUMBERS_LEN; i++)
		text_key_u64(&json, numbers[i].word, number_of(report, i));
	text_key(&json, "conflicts");
	conflicts_add_json(&json, conflicts, report->conflicts);
	grite_end_document(&json);
	output_document(&json);
}

static void tell_conflicts(const struct conflicts *conflicts, size_t count)
{
	for (size_t i = 0; i < count && i < conflicts->len; i++) {
		struct text line = {0};

		conflicts_add_sentence(&line, &conflicts->list[i].conflict);
		if (!line.failed)
			output_aside("conflict: %s", line.data);
		text_release(&line);
	}
}

/* The daemon keeps the conflicts; a report only counts those that this sync found. */
static void find_conflicts(const struct call *call, struct conflicts *out)
{
	struct text document = {0};
	int error = client_read_status(&call->mount, &document);

	if (!error)
		error = conflicts_read(&document, out);
	if (error)
		output_warning("cannot read the conflicts: %s", strerror(-error));
	text_release(&document);
}

static int tell(const struct call *call, const struct sync_report *report)
{
	struct conflicts conflicts = {0};

	if (report->conflicts)
		find_conflicts(call, &conflicts);
	print_report(report);
	tell_conflicts(&conflicts, report->conflicts);
	if (report->refused)
		output_error("the remote did not take %u of the locks here", report->refused);
	if (output_is_json())
		print_document(report, &conflicts);
	conflicts_release(&conflicts);
	if (report->conflicts)
		return verdict_row(VERDICT_CONFLICT)->grite_exit;
	return report->refused ? EXIT_ERROR : EXIT_DONE;
}

static int run(const struct call *call)
{
	struct ask ask = {.op = ASK_SYNC, .wait_ms = limit_ms ? limit_ms : LIMIT_DEFAULT_MS};
	struct sync_report report;
	int status;

	if (call->arguments.len)
		snprintf(ask.remote, sizeof(ask.remote), "%s", call->arguments.list[0]);
	status = syncing_ask(call, &ask, "sync", NULL, &report);
	return status == EXIT_DONE ? tell(call, &report) : status;
}

const struct command_body cmd_sync = {options, check, run};

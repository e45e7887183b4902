/*
 * grite lock status: what is held, whose, and for how long still.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "command.h"
#include "conflicts.h"
#include "grite.h"
#include "output.h"
#include "show.h"

#define OWNER_SHOWN 8
#define MINUTE_MS (60 * MS_PER_SEC)

static const struct option_row options[] = {
	OPTION_ROW_JSON,
	{0},
};

struct line {
	char name[RESOURCE_NAME_MAX + 1];
	char owner[ACTOR_LEN + 1];
	char remaining[DURATION_TEXT_MAX + 16];
	int64_t expires_unix_ms;
};

struct listing {
	struct grite_config config;
	struct text lines; /* struct line */
	struct conflicts conflicts;
};

static int check(const struct call *call)
{
	if (call->arguments.len)
		return usage_error(call->command, "unexpected argument \"%.100s\"",
				   call->arguments.list[0]);
	return EXIT_DONE;
}

/* Whole minutes, rounded up: a lock of 30 minutes just made has 30. */
static void format_remaining(const struct lease_view *lease, char out[DURATION_TEXT_MAX + 16])
{
	int64_t left_ms = show_remaining_ms(lease);
	int64_t unit_ms = left_ms > MINUTE_MS ? MINUTE_MS : MS_PER_SEC;
	char span[DURATION_TEXT_MAX];

	duration_format_short((left_ms + unit_ms - 1) / unit_ms * unit_ms, span);
	if (lease->expires_unix_ms)
		snprintf(out, DURATION_TEXT_MAX + 16, "expires in %s", span);
	else
		snprintf(out, DURATION_TEXT_MAX + 16, "never expires");
}

static int visit(const struct lease_view *lease, const char *raw, void *context)
{
	struct listing *listing = context;
	struct line line = {.expires_unix_ms = lease->expires_unix_ms};

	(void)raw;
	if (lease->is_freeze)
		return 0;
	snprintf(line.name, sizeof(line.name), "%s", lease->name);
	grite_owner(lease, &listing->config, line.owner);
	format_remaining(lease, line.remaining);
	text_add(&listing->lines, (const char *)&line, sizeof(line));
	return listing->lines.failed ? -ENOMEM : 0;
}

static int by_name(const void *a, const void *b)
{
	const struct line *left = a;
	const struct line *right = b;

	return strcmp(left->name, right->name);
}

static void print_lines(const struct line *lines, size_t count)
{
	size_t width = 0;

	output_print("%s\n", count ? "Active Locks:" : "No active locks");
	for (size_t i = 0; i < count; i++)
		width = strlen(lines[i].name) > width ? strlen(lines[i].name) : width;
	for (size_t i = 0; i < count; i++)
		output_print("  %-*s  %.*s  %s\n", (int)width, lines[i].name, OWNER_SHOWN,
			     lines[i].owner, lines[i].remaining);
}

static void print_conflicts(const struct conflicts *conflicts)
{
	struct text lines = {0};

	for (size_t i = 0; i < conflicts->len; i++) {
		text_puts(&lines, "  ");
		conflicts_add_sentence(&lines, &conflicts->list[i].conflict);
		text_puts(&lines, "\n");
	}
	if (lines.len && !lines.failed)
		output_print("Conflicts:\n%s", lines.data);
	text_release(&lines);
}

static void print_document(const struct line *lines, size_t count,
			   const struct conflicts *conflicts)
{
	struct text json = {0};

	grite_begin_document(&json);
	text_key(&json, "locks");
	text_puts(&json, "[");
	for (size_t i = 0; i < count; i++) {
		text_puts(&json, i ? ",{" : "{");
		text_key_string(&json, "resource", lines[i].name);
		text_key_string(&json, "owner", lines[i].owner);
		grite_add_expiry(&json, lines[i].expires_unix_ms);
		text_puts(&json, "}");
	}
	text_puts(&json, "]");
	text_key(&json, "conflicts");
	conflicts_add_json(&json, conflicts, conflicts->len);
	grite_end_document(&json);
	output_document(&json);
}

static void print(struct listing *listing)
{
	struct line *lines = (void *)listing->lines.data;
	size_t count = listing->lines.len / sizeof(*lines);

	if (count)
		qsort(lines, count, sizeof(*lines), by_name);
	if (output_is_json()) {
		print_document(lines, count, &listing->conflicts);
		return;
	}
	print_lines(lines, count);
	print_conflicts(&listing->conflicts);
}

static int run(const struct call *call)
{
	struct listing listing = {.lines = {0}};
	struct text document = {0};
	int status = grite_configure(&listing.config);
	int error;

	if (status != EXIT_DONE)
		return status;
	error = client_read_status(&call->mount, &document);
	if (!error)
		error = lease_json_each(document.data ? document.data : "", document.len, visit,
					&listing);
	if (!error)
		error = conflicts_read(&document, &listing.conflicts);
	text_release(&document);
	if (error)
		status = output_fail(EXIT_ERROR, "io", "cannot read the status: %s",
				     strerror(-error));
	else
		print(&listing);
	text_release(&listing.lines);
	conflicts_release(&listing.conflicts);
	return status;
}

const struct command_body cmd_gritestatus = {options, check, run};

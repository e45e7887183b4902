/*
 * lokt status: what the daemon's one consistent snapshot says, as lines, labels or JSON.
 * Expired leases are never in it, so --prune-expired has nothing left to do.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "client.h"
#include "command.h"
#include "conflicts.h"
#include "listing.h"
#include "output.h"
#include "show.h"
#include "watch.h"

static bool prunes;
static bool watches;

static const struct option_row options[] = {
	OPTION_ROW_JSON,
	{.name = "prune-expired",
	 .takes = TAKES_NOTHING,
	 .value = &prunes,
	 .help = "accepted; what has expired is gone already"},
	{.name = "watch",
	 .takes = TAKES_NOTHING,
	 .value = &watches,
	 .help = "a live table, as lokt top",
	 .excludes = "json"},
	{0},
};

struct showing {
	const struct call *call;
	struct text json;
	struct listing listing;
	struct conflicts conflicts;
	size_t count;
};

static bool is_wanted(const struct call *call, const struct lease_view *lease)
{
	return !call->has_resource || strcmp(lease->name, call->name) == 0;
}

static void print_label(const char *label, const char *value)
{
	if (value[0])
		output_print("%-10s %s\n", label, value);
}

static void print_span(const char *label, int64_t ms)
{
	char span[DURATION_TEXT_MAX];

	duration_format_short(ms, span);
	print_label(label, span);
}

static void print_labels(const struct lease_view *lease)
{
	print_label(lease->is_freeze ? "freeze:" : "name:", lease->name);
	print_label("owner:", lease->owner);
	print_label("host:", lease->host);
	if (lease->pid > 0)
		output_print("%-10s %d (%s)\n", "pid:", (int)lease->pid,
			     lease->pid_status[0] ? lease->pid_status : "unknown");
	print_label("agent:", lease->agent_id);
	print_span("age:", show_age_ms(lease));
	if (lease->expires_unix_ms) {
		print_span("ttl:", lease->ttl_ms);
		print_span("remaining:", show_remaining_ms(lease));
	}
	print_label("expires:", lease->expires_at);
	print_label("bound:", lease->is_bound ? "yes" : "");
	print_label("lock id:", lease->lock_id);
	output_print("%-10s %" PRIu64 "\n", "token:", lease->fencing_token);
	print_label("note:", lease->note);
}

static void add_json(struct showing *showing, const char *raw)
{
	/* a name that is both held and frozen is one document: the lease */
	if (showing->call->has_resource && showing->count)
		return;
	text_puts(&showing->json, showing->count ? "," : "");
	text_puts(&showing->json, raw);
}

static int visit(const struct lease_view *lease, const char *raw, void *context)
{
	struct showing *showing = context;

	if (!is_wanted(showing->call, lease))
		return 0;
	if (output_is_json()) {
		add_json(showing, raw);
	} else if (showing->call->has_resource) {
		output_print("%s", showing->count ? "\n" : "");
		print_labels(lease);
	} else {
		listing_add(&showing->listing, lease);
	}
	showing->count++;
	return 0;
}

static int read_snapshot(const struct call *call, struct showing *showing)
{
	struct text document = {0};
	int error = client_read_status(&call->mount, &document);

	if (!error)
		error = lease_json_each(document.data ? document.data : "", document.len, visit,
					showing);
	if (!error)
		error = conflicts_read(&document, &showing->conflicts);
	text_release(&document);
	return error;
}

/* JSON has no room for them: its array is of leases. */
static void print_conflicts(const struct showing *showing)
{
	struct text lines = {0};

	for (size_t i = 0; i < showing->conflicts.len; i++) {
		const struct conflict *conflict = &showing->conflicts.list[i].conflict;

		if (showing->call->has_resource &&
		    !resource_is_equal(&conflict->resource, &showing->call->resource))
			continue;
		text_puts(&lines, "conflict: ");
		conflicts_add_sentence(&lines, conflict);
		text_puts(&lines, "\n");
	}
	if (lines.data && !lines.failed)
		output_print("%s", lines.data);
	text_release(&lines);
}

static int show_all(struct showing *showing)
{
	struct text json = {0};

	if (output_is_json()) {
		text_puts(&json, "[");
		text_add(&json, showing->json.data ? showing->json.data : "", showing->json.len);
		text_puts(&json, "]");
		output_document(&json);
		return EXIT_DONE;
	}
	if (!showing->count)
		output_print("no locks\n");
	return listing_print(&showing->listing) < 0 ? EXIT_ERROR : EXIT_DONE;
}

static int run(const struct call *call)
{
	struct showing showing = {.call = call};
	int status = EXIT_DONE;
	int error;

	if (watches)
		return watch_run(call);
	error = read_snapshot(call, &showing);
	if (error || showing.json.failed)
		status = output_fail(EXIT_ERROR, "io", "cannot read the status: %s",
				     strerror(error ? -error : ENOMEM));
	else if (!call->has_resource)
		status = show_all(&showing);
	else if (!showing.count)
		status = output_fail(EXIT_NOT_FOUND, verdict_row(VERDICT_NO_LEASE)->word,
				     "lock \"%s\" not found", call->name);
	else if (output_is_json())
		output_document(&showing.json);
	if (!error)
		print_conflicts(&showing);
	conflicts_release(&showing.conflicts);
	text_release(&showing.json);
	text_release(&showing.listing.lines);
	return status;
}

const struct command_body cmd_status = {options, NULL, run};

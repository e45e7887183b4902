/*
 * lokt gc, grite lock gc: the daemon removes the refs of expired locks, here and at the remote. Of
 * this ROOT's leases themselves nothing is ever left to remove: it ends each in time.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "client.h"
#include "command.h"
#include "grite.h"
#include "output.h"
#include "syncing.h"

#define LIMIT_MS (60 * MS_PER_SEC)

static const struct option_row options[] = {
	OPTION_ROW_JSON,
	{0},
};

static int check(const struct call *call)
{
	if (call->arguments.len)
		return usage_error(call->command, "unexpected argument \"%.100s\"",
				   call->arguments.list[0]);
	return EXIT_DONE;
}

static int count(const struct lease_view *lease, const char *raw, void *context)
{
	uint64_t *kept = context;

	(void)raw;
	*kept += !lease->is_freeze;
	return 0;
}

static void tell(uint64_t removed, uint64_t kept)
{
	struct text json = {0};

	output_print("Removed %" PRIu64 " expired locks, kept %" PRIu64 "\n", removed, kept);
	if (!output_is_json())
		return;
	grite_begin_document(&json);
	text_key_u64(&json, "removed", removed);
	text_key_u64(&json, "kept", kept);
	grite_end_document(&json);
	output_document(&json);
}

/* A daemon without a repository has no refs: its leases are what is kept. */
static int count_leases(const struct call *call, uint64_t *kept)
{
	struct text document = {0};
	int error = client_read_status(&call->mount, &document);

	if (!error)
		error = lease_json_each(document.data ? document.data : "", document.len, count,
					kept);
	text_release(&document);
	if (error)
		return output_fail(EXIT_ERROR, "io", "cannot read the status: %s",
				   strerror(-error));
	return EXIT_DONE;
}

static int run(const struct call *call)
{
	const struct ask ask = {.op = ASK_GC, .wait_ms = LIMIT_MS};
	struct sync_report report = {0};
	bool is_local = false;
	uint64_t kept = 0;
	int status = syncing_ask(call, &ask, "collect expired locks", &is_local, &report);

	kept = report.kept;
	if (is_local)
		status = count_leases(call, &kept);
	if (status == EXIT_DONE)
		tell(report.removed, kept);
	return status;
}

const struct command_body cmd_gc = {options, check, run};

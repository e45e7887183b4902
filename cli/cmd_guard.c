/*
 * lokt guard: a command under a lock. hold.h gets the lock, guard.h runs the command.
 */
#include <string.h>

#include "command.h"
#include "guard.h"
#include "hold.h"

static struct {
	struct hold_wish wish;
	const char *on_lost;
} want;

static const struct option_row options[] = {
	{.name = "ttl",
	 .takes = TAKES_DURATION,
	 .value = &want.wish.ttl_ms,
	 .metavar = "D",
	 .help = "lose it when not renewed for D (default: held while the command runs)"},
	{.name = "wait",
	 .takes = TAKES_NOTHING,
	 .value = &want.wish.waits,
	 .help = "wait for it, in order of arrival"},
	{.name = "timeout",
	 .takes = TAKES_DURATION,
	 .value = &want.wish.timeout_ms,
	 .metavar = "D",
	 .help = "wait no longer than D (default: 10m)",
	 .needs = "wait"},
	{.name = "on-lost",
	 .takes = TAKES_TEXT,
	 .value = &want.on_lost,
	 .metavar = "WHAT",
	 .help = "term: end the command when the lock is lost (default); warn: only say so"},
	{0},
};

static int check(const struct call *call)
{
	if (want.on_lost && strcmp(want.on_lost, "term") != 0 && strcmp(want.on_lost, "warn") != 0)
		return usage_error(call->command, "--on-lost \"%.100s\": not term or warn",
				   want.on_lost);
	if (call->arguments.plain_len == 0)
		return usage_error(call->command, "missing NAME");
	if (call->arguments.plain_len > 1)
		return usage_error(call->command, "unexpected argument \"%.100s\" before --",
				   call->arguments.list[1]);
	if (call->arguments.len < 2)
		return usage_error(call->command, "missing -- COMMAND");
	return EXIT_DONE;
}

static int run(const struct call *call)
{
	bool warns = want.on_lost && strcmp(want.on_lost, "warn") == 0;

	/* within argv, whose own end lies no nearer */
	call->arguments.list[call->arguments.len] = NULL;
	return guard_run(call, &want.wish, call->arguments.list + 1,
			 warns ? ON_LOST_WARN : ON_LOST_TERM);
}

const struct command_body cmd_guard = {options, check, run};

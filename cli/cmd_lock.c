/*
 * lokt lock: acquire, at once or in turn. The daemon keeps the queue; here one read blocks
 * until it answers.
 */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "command.h"
#include "output.h"
#include "show.h"
#include "talk.h"
#include "waitline.h"

#define WAIT_DEFAULT_MS (10 * 60 * MS_PER_SEC)

static struct {
	int64_t ttl_ms;
	int64_t timeout_ms;
	const char *note;
	pid_t pid;
	bool waits;
} want;

static const struct option_row options[] = {
	{.name = "ttl",
	 .takes = TAKES_DURATION,
	 .value = &want.ttl_ms,
	 .metavar = "D",
	 .help = "let it end by itself after D (default: never)"},
	{.name = "wait",
	 .takes = TAKES_NOTHING,
	 .value = &want.waits,
	 .help = "wait for it, in order of arrival"},
	{.name = "timeout",
	 .takes = TAKES_DURATION,
	 .value = &want.timeout_ms,
	 .metavar = "D",
	 .help = "wait no longer than D (default: 10m)",
	 .needs = "wait"},
	{.name = "pid",
	 .takes = TAKES_PID,
	 .value = &want.pid,
	 .metavar = "PID",
	 .help = "release it when that process ends"},
	{.name = "note",
	 .takes = TAKES_TEXT,
	 .value = &want.note,
	 .metavar = "TEXT",
	 .help = "what it is for"},
	OPTION_ROW_JSON,
	{0},
};

static int check(const struct call *call)
{
	if (want.note && !text_is_clean(want.note, strlen(want.note), NOTE_MAX))
		return usage_error(call->command,
				   "--note: at most %d bytes of UTF-8 without control characters",
				   NOTE_MAX);
	return EXIT_DONE;
}

static struct ask question(const struct call *call)
{
	struct ask ask = talk_question(call, ASK_ACQUIRE);

	ask.options.set = OPTION_TTL;
	ask.options.ttl_ms = want.ttl_ms;
	if (want.pid) {
		ask.options.set |= OPTION_PID;
		ask.options.pid = want.pid;
	}
	if (want.note) {
		ask.options.set |= OPTION_NOTE;
		snprintf(ask.options.note, sizeof(ask.options.note), "%s", want.note);
	}
	if (want.waits)
		ask.wait_ms = want.timeout_ms ? want.timeout_ms : WAIT_DEFAULT_MS;
	return ask;
}

/* Nobody was told of the lock: who sees an error holds nothing. */
static void withdraw(const struct call *call, const struct lease_view *lease)
{
	struct ask ask = talk_question(call, ASK_RELEASE);
	struct answer_view answer;

	snprintf(ask.lock_id, sizeof(ask.lock_id), "%s", lease->lock_id);
	if (client_ask(&call->mount, &ask, &answer) == 0)
		answer_view_release(&answer);
}

static int run(const struct call *call)
{
	const struct ask ask = question(call);
	struct answer_view answer;
	int status;

	if (want.waits)
		waitline_tell(call);
	status = talk_ask(call, &ask, &answer);
	if (status != EXIT_DONE)
		return status;
	output_print("acquired lock \"%s\"\n", call->name);
	show_result("acquired", call->name, &answer);
	if (output_flush() < 0)
		withdraw(call, &answer.lease);
	answer_view_release(&answer);
	return EXIT_DONE;
}

const struct command_body cmd_lock = {options, check, run};

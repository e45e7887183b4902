/*
 * lokt release, grite lock release: ends a lock that the caller's party may end.
 */
#include "client.h"
#include "command.h"
#include "gritecall.h"
#include "output.h"
#include "refusal.h"

static struct gritecall wish;

static const struct option_row options[] = {
	GRITECALL_ROW_RESOURCE(wish),
	GRITECALL_ROW_ACTOR(wish),
	OPTION_ROW_JSON,
	{0},
};

static int check(const struct call *call)
{
	return gritecall_read(&wish, call);
}

static void tell(void)
{
	struct text json = {0};

	output_print("Lock released\n  Resource: %s\n", wish.name);
	if (!output_is_json())
		return;
	grite_begin_document(&json);
	text_key_string(&json, "resource", wish.name);
	text_key_bool(&json, "released", true);
	grite_end_document(&json);
	output_document(&json);
}

static int run(const struct call *call)
{
	struct answer_view answer;
	struct ask ask;
	int status = gritecall_begin(&wish);
	int error;

	if (status == EXIT_DONE)
		status = gritecall_look(&wish, call);
	if (status != EXIT_DONE)
		return status;
	ask = gritecall_question(&wish, ASK_RELEASE);
	error = client_ask(&call->mount, &ask, &answer);
	if (error)
		return refusal_tell_error(error);
	if (answer.ok)
		tell();
	else
		status = grite_refuse(wish.name, &answer, &wish.config);
	answer_view_release(&answer);
	return status;
}

const struct command_body cmd_release = {options, check, run};

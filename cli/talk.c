/*
 * Question, answer, words: what is left of a command once its options are read.
 */
#include "talk.h"

#include <stdio.h>

#include "client.h"
#include "output.h"
#include "refusal.h"
#include "show.h"

struct ask talk_question(const struct call *call, enum ask_op op)
{
	struct ask ask = {.op = op};

	if (call->has_resource)
		snprintf(ask.resource, sizeof(ask.resource), "%s", call->resource.name);
	return ask;
}

int talk_ask(const struct call *call, const struct ask *ask, struct answer_view *answer)
{
	int error = client_ask(&call->mount, ask, answer);
	int status;

	if (error)
		return refusal_tell_error(error);
	if (answer->ok)
		return EXIT_DONE;
	status = refusal_tell(call, ask->op, answer);
	answer_view_release(answer);
	return status;
}

int talk(const struct call *call, const struct ask *ask, const char *status, const char *sentence)
{
	struct answer_view answer;
	int exit_status = talk_ask(call, ask, &answer);

	if (exit_status != EXIT_DONE)
		return exit_status;
	output_print("%s\n", sentence);
	show_result(status, call->name, &answer);
	answer_view_release(&answer);
	return EXIT_DONE;
}

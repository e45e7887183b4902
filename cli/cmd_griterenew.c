/*
 * grite lock renew, lokt renew --resource: extends a lock, and acquires it where there is none.
 */
#include "client.h"
#include "command.h"
#include "gritecall.h"
#include "refusal.h"
#include "talk.h"

/* Between a renewal that finds nothing and a claim that finds a lock others may come and go. */
#define ROUNDS 20

static struct gritecall wish;

static const struct option_row options[] = {
	GRITECALL_ROW_RESOURCE(wish),
	GRITECALL_ROW_TTL(wish, "what it was given"),
	GRITECALL_ROW_ACTOR(wish),
	OPTION_ROW_JSON,
	{0},
};

static int check(const struct call *call)
{
	return gritecall_read(&wish, call);
}

/* EXIT_DONE or the status of what was told; *is_missing: nothing was told, there is no lock. */
static int renew(const struct call *call, bool *is_missing)
{
	struct ask ask = gritecall_question(&wish, ASK_RENEW);
	struct answer_view answer;
	int status = EXIT_DONE;
	int error;

	ask.wait_ms = RENEWAL_WAIT_MS;
	error = client_ask(&call->mount, &ask, &answer);

	*is_missing = false;
	if (error)
		return refusal_tell_error(error);
	if (answer.ok)
		grite_tell_lock("Lock renewed", &answer.lease, &wish.config);
	else if (answer.verdict == VERDICT_NO_LEASE || answer.verdict == VERDICT_ENDED)
		*is_missing = true;
	else
		status = grite_refuse(wish.name, &answer, &wish.config);
	answer_view_release(&answer);
	return status;
}

static int run(const struct call *call)
{
	bool is_missing;
	int status = gritecall_begin(&wish);

	for (int round = 1; status == EXIT_DONE; round++) {
		bool is_ours = false;

		status = gritecall_look(&wish, call);
		if (status == EXIT_DONE)
			status = renew(call, &is_missing);
		if (status != EXIT_DONE || !is_missing)
			return status;
		status = gritecall_acquire(&wish, call, round < ROUNDS ? &is_ours : NULL);
		if (!is_ours)
			return status;
		wish.lock_id[0] = '\0';
		status = EXIT_DONE;
	}
	return status;
}

const struct command_body cmd_griterenew = {options, check, run};

/* See gritecall.h. Who may do what is the daemon's to say, but for the actors' difference. */
#include "gritecall.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "name.h"
#include "output.h"
#include "refusal.h"

static int read_actor(struct gritecall *gritecall, const struct call *call)
{
	const char *variable = getenv("GRITE_ACTOR");
	const char *from = gritecall->actor_text ? "--actor" : "GRITE_ACTOR";
	const char *text = gritecall->actor_text ? gritecall->actor_text : variable;

	if ((gritecall->actor_text || (variable && variable[0])) &&
	    !actor_parse(text, gritecall->actor))
		return usage_error(call->command, "%s \"%.100s\": should be %d hex digits", from,
				   text, ACTOR_LEN);
	return EXIT_DONE;
}

/* What `--resource $UNSET --json` becomes must not lock a thing called "--json". */
static bool lacks_value(const char *resource_text)
{
	if (!resource_text || strncmp(resource_text, "--", 2) != 0)
		return false;
	if (strcmp(resource_text, "--json") == 0)
		output_set_json();
	return true;
}

int gritecall_read(struct gritecall *gritecall, const struct call *call)
{
	const struct arguments *arguments = &call->arguments;
	size_t used = gritecall->resource_text ? 0 : 1;
	const char *wrong;

	if (lacks_value(gritecall->resource_text))
		return usage_error(call->command, "--resource needs a value: R");
	if (arguments->len > used)
		return usage_error(call->command, "unexpected argument \"%.100s\"",
				   arguments->list[used]);
	if (arguments->len)
		gritecall->resource_text = arguments->list[0];
	if (!gritecall->resource_text)
		return usage_error(call->command, "missing --resource");
	wrong = name_read(gritecall->resource_text, &gritecall->resource);
	if (wrong)
		return usage_error(call->command, "\"%.300s\" %s", gritecall->resource_text, wrong);
	resource_display(&gritecall->resource, gritecall->name);
	return read_actor(gritecall, call);
}

int gritecall_begin(struct gritecall *gritecall)
{
	return grite_configure(&gritecall->config);
}

struct ask gritecall_question(const struct gritecall *gritecall, enum ask_op op)
{
	struct ask ask = {.op = op};

	snprintf(ask.resource, sizeof(ask.resource), "%s", gritecall->resource.name);
	snprintf(ask.lock_id, sizeof(ask.lock_id), "%s", gritecall->lock_id);
	if (gritecall->ttl_ms) {
		ask.options.set = OPTION_TTL;
		ask.options.ttl_ms = gritecall->ttl_ms;
	}
	return ask;
}

static bool is_anothers(const struct gritecall *gritecall, const struct lease_view *lease)
{
	char actor[ACTOR_LEN + 1];

	return actor_parse(lease->actor, actor) && strcmp(actor, gritecall->actor) != 0;
}

int gritecall_look(struct gritecall *gritecall, const struct call *call)
{
	const struct ask ask = gritecall_question(gritecall, ASK_QUERY);
	struct answer_view answer;
	int status = EXIT_DONE;
	int error;

	if (!gritecall->actor[0])
		return EXIT_DONE;
	error = client_ask(&call->mount, &ask, &answer);
	if (error)
		return refusal_tell_error(error);
	if (answer.verdict == VERDICT_HELD && answer.has_holder) {
		snprintf(gritecall->lock_id, sizeof(gritecall->lock_id), "%s",
			 answer.lease.lock_id);
		if (is_anothers(gritecall, &answer.lease)) {
			answer.verdict = VERDICT_NOT_OWNER;
			answer.is_own = false;
			status = grite_refuse(gritecall->name, &answer, &gritecall->config);
		}
	}
	answer_view_release(&answer);
	return status;
}

/* Nobody was told of the lock: who sees an error holds nothing. */
static void withdraw(const struct gritecall *gritecall, const struct call *call,
		     const struct lease_view *lease)
{
	struct ask ask = gritecall_question(gritecall, ASK_RELEASE);
	struct answer_view answer;

	snprintf(ask.lock_id, sizeof(ask.lock_id), "%s", lease->lock_id);
	if (client_ask(&call->mount, &ask, &answer) == 0)
		answer_view_release(&answer);
}

int gritecall_acquire(const struct gritecall *gritecall, const struct call *call, bool *is_ours)
{
	struct ask ask = gritecall_question(gritecall, ASK_ACQUIRE);
	struct answer_view answer;
	int status = EXIT_DONE;
	int error;

	ask.lock_id[0] = '\0';
	snprintf(ask.actor, sizeof(ask.actor), "%s", gritecall->actor);
	error = client_ask(&call->mount, &ask, &answer);
	if (error)
		return refusal_tell_error(error);
	if (!answer.ok && is_ours && answer.verdict == VERDICT_HELD && answer.is_own) {
		*is_ours = true;
		status = verdict_row(answer.verdict)->grite_exit;
	} else if (!answer.ok) {
		status = grite_refuse(gritecall->name, &answer, &gritecall->config);
		if (answer.verdict == VERDICT_HELD && answer.is_own)
			output_hint("it is yours: lokt renew --resource %s", gritecall->name);
	} else {
		grite_tell_lock("Lock acquired", &answer.lease, &gritecall->config);
		if (output_flush() < 0)
			withdraw(gritecall, call, &answer.lease);
	}
	answer_view_release(&answer);
	return status;
}

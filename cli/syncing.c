/*
 * Refusals of sync and gc are about no lock: what the daemon says in the general form of a
 * refusal is taken apart here, down to the reason.
 */
#include "syncing.h"

#include <errno.h>
#include <string.h>

#include "client.h"
#include "output.h"
#include "refusal.h"

/* How the daemon calls what has no name. */
#define SUBJECT "this"

static const char *skip(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return text && strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

/* What stands behind the verdict's own sentence; "" when nothing does, NULL for another text. */
static const char *find_why(const struct answer_view *answer)
{
	const char *rest = skip(answer->message, SUBJECT " ");

	rest = skip(rest, verdict_row(answer->verdict)->sentence);
	return rest && rest[0] ? skip(rest, ": ") : rest;
}

static bool has_failed(const struct answer_view *answer)
{
	return answer->verdict == VERDICT_COUNT;
}

/* An operation that this daemon does not have; where it could be had, the daemon says why not. */
static bool is_unsupported(const struct answer_view *answer)
{
	const char *why = find_why(answer);

	return answer->verdict == VERDICT_UNSUPPORTED && why && !why[0];
}

static bool lacks_repository(const struct answer_view *answer)
{
	if (has_failed(answer))
		return answer->error == ENOENT;
	return answer->verdict == VERDICT_UNSUPPORTED && !is_unsupported(answer);
}

/* Out of disk or memory; what else fails is the repository's or the way to the remote. */
static bool is_of_the_machine(int error)
{
	static const int errors[] = {EIO, ENOSPC, EDQUOT, EROFS, ENOMEM, EMFILE, ENFILE};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i] == error)
			return true;
	}
	return false;
}

/* The word that output_fail() makes code and status of. */
static const char *word_of(const struct answer_view *answer)
{
	if (lacks_repository(answer))
		return "no-repository";
	if (has_failed(answer))
		return is_of_the_machine(answer->error) ? "io" : "git";
	if (answer->verdict == VERDICT_TIMED_OUT)
		return verdict_row(VERDICT_UNREACHABLE)->word;
	return verdict_row(answer->verdict)->word;
}

static bool is_silence(const struct answer_view *answer)
{
	return answer->verdict == VERDICT_UNREACHABLE || answer->verdict == VERDICT_TIMED_OUT;
}

static void add_reason(struct text *out, const struct answer_view *answer)
{
	const char *why =
		has_failed(answer) ? skip(answer->message, SUBJECT ": ") : find_why(answer);

	if (!why)
		why = answer->message;
	if (is_silence(answer) && !why[0])
		text_puts(out, "the remote did not answer in time");
	else if (is_unsupported(answer))
		text_puts(out, "its daemon does not know how");
	else if (!why[0])
		text_puts(out, answer->message);
	else
		text_puts(out, why);
}

static int refuse(const struct ask *ask, const char *what, const struct answer_view *answer)
{
	struct text reason = {0};
	int status;

	add_reason(&reason, answer);
	status = output_fail(EXIT_ERROR, word_of(answer), "cannot %s%s%s: %s", what,
			     ask->remote[0] ? " with " : "", ask->remote,
			     reason.failed ? answer->message : reason.data);
	text_release(&reason);
	return status;
}

int syncing_ask(const struct call *call, const struct ask *ask, const char *what, bool *is_local,
		struct sync_report *report)
{
	struct answer_view answer;
	int error = client_ask(&call->mount, ask, &answer);
	int status = EXIT_DONE;

	if (error)
		return refusal_tell_error(error);
	if (answer.ok && answer.has_sync) {
		*report = answer.sync;
	} else if (answer.ok) {
		status = output_fail(EXIT_ERROR, "internal", "the daemon's answer has no report");
	} else if (is_local && (is_unsupported(&answer) || lacks_repository(&answer))) {
		*is_local = true;
		status = EXIT_ERROR;
	} else {
		status = refuse(ask, what, &answer);
	}
	answer_view_release(&answer);
	return status;
}

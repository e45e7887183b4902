/* See holdwords.h. */
#include "holdwords.h"

#include <errno.h>
#include <string.h>

#include "client.h"
#include "nested.h"
#include "output.h"
#include "refusal.h"
#include "show.h"

void holdwords_hint(const struct answer_view *answer)
{
	if (!answer->has_holder || !answer->is_own || answer->lease.is_freeze)
		return;
	if (answer->lease.is_bound)
		output_hint("it is yours, and ends with the process or open file that holds it");
	else
		output_hint("it is yours: lokt unlock %s", answer->lease.name);
}

/* The names that the guards above hold, where somebody waits for one: perhaps for ever. */
static void hint_deadlock(const struct call *call)
{
	const char *list = NULL;
	struct nested_guard outer;
	struct lease_view lease;
	char words[SHOW_HOLDER_MAX];

	while (nested_next(&list, &outer)) {
		if (client_queue_length(&call->mount, outer.name) == 0 ||
		    client_read_lease(&call->mount, outer.name, &lease) < 0 ||
		    strcmp(lease.lock_id, outer.lock_id) != 0)
			continue;
		show_holder(&lease, words);
		output_hint("a deadlock? others wait for \"%s\", held by %s around this command",
			    lease.name, words);
	}
}

int holdwords_tell(const struct call *call, struct answer_view *answer)
{
	bool is_held_by_us = answer->verdict == VERDICT_HELD && answer->is_own;
	char words[SHOW_HOLDER_MAX];
	char age[DURATION_TEXT_MAX];
	int status = verdict_row(answer->verdict)->lokt_exit;

	if (is_held_by_us && answer->has_holder) {
		show_holder(&answer->lease, words);
		duration_format_short(show_age_ms(&answer->lease), age);
		output_error("lock \"%s\" held by you: %s for %s", call->name, words, age);
	} else {
		status = refusal_tell(call, ASK_ACQUIRE, answer);
	}
	holdwords_hint(answer);
	if (answer->verdict == VERDICT_TIMED_OUT)
		hint_deadlock(call);
	answer_view_release(answer);
	return status;
}

int holdwords_error(const struct call *call, int error)
{
	if (error == -EINVAL)
		return refusal_tell_error(error);
	return output_fail(EXIT_ERROR, "io", "cannot lock \"%s\": %s", call->name,
			   strerror(-error));
}

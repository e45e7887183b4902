/*
 * See settle.h. Everything here is either a fact (time, death), which becomes true whether or not
 * it can be written, or the answer to a waiter, who is told when it cannot.
 */
#include "settle.h"

#include <stdlib.h>

#include "commit.h"
#include "confirm.h"

void settle_post(struct serve *serve, const struct settled *settled)
{
	if (serve->settled_len == serve->settled_cap) {
		size_t cap = serve->settled_cap ? serve->settled_cap * 2 : 16;
		struct settled *list = reallocarray(serve->settled, cap, sizeof(*list));
		if (!list)
			abort(); /* a waiter would hang for ever; the journal has its grant */
		serve->settled = list;
		serve->settled_cap = cap;
	}
	serve->settled[serve->settled_len++] = *settled;
}

static void answer_waiter(struct serve *serve, struct due *due)
{
	struct settled settled = {.waiter = due->waiter, .verdict = due->verdict};
	struct request *claim = confirm_take_claim(serve, due);
	if (due->has_event) {
		settled.token = due->event.lease->token;
		due->event.req = due->waiter;
		if (event_is_claim(due->event.kind))
			due->event.lease->made_by = due->waiter;
		settled.error = -commit_event(serve, &due->event, &settled.position);
	}
	/* Also after a grant that could not be written: it must not be tried for ever. */
	engine_unpark(serve->engine, due->waiter);
	if (!claim || settled.error || confirm_begin(serve, claim, settled.token) < 0)
		settle_post(serve, &settled);
	engine_free_claim(claim);
}

int settle(struct serve *serve)
{
	struct due due;
	do {
		while (engine_due(serve->engine, serve->now, &due)) {
			if (due.waiter)
				answer_waiter(serve, &due);
			else
				commit_fact(serve, &due.event);
		}
	} while (confirm_settle(serve));
	return commit_flush(serve);
}

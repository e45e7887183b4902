/*
 * See settle.h. Everything here is either a fact (time, death), which becomes true whether or not
 * it can be written, or the answer to a waiter, who is told when it cannot.
 */
#include "settle.h"

#include <stdio.h>
#include <stdlib.h>

#include "commit.h"
#include "confirm.h"

void settle_post(struct serve *serve, const struct settled *settled)
{
	if (serve->settled_len == serve->settled_cap) {
		size_t cap = serve->settled_cap ? serve->settled_cap * 2 : 16;
		struct settled *list = reallocarray(serve->settled, cap, sizeof(*list));
		if (!list) {
			/* A waiter would hang for ever; the journal has its grant. */
			fputs("loktfs: out of memory; the next worker answers\n", stderr);
			abort();
		}
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

/* False: more ends are due than one slice has. */
static bool carry_out_due(struct serve *serve)
{
	unsigned left = serve->is_mirrored ? 0 : serve->slice;
	bool is_limited = left > 0;
	struct due due;
	while (engine_due(serve->engine, serve->now, &due)) {
		if (due.waiter) {
			answer_waiter(serve, &due);
		} else if (is_limited && left-- == 0) {
			event_clear(&due.event);
			return false;
		} else {
			commit_fact(serve, &due.event);
		}
	}
	return true;
}

int settle(struct serve *serve)
{
	do {
		serve->is_behind = !carry_out_due(serve);
	} while (confirm_settle(serve));
	return commit_flush(serve);
}

static bool end_if_due(struct serve *serve, const struct lease *lease)
{
	struct due due;
	if (!lease || !engine_due_lease(serve->engine, lease, serve->now, &due))
		return false;
	commit_fact(serve, &due.event);
	return true;
}

/* Behind an end the walk begins anew: it was over what the engine had then. */
static void end_overlapping(struct serve *serve, const struct resource *resource, bool is_freeze)
{
	const struct lease *lease = NULL;
	while ((lease = engine_next_overlap(serve->engine, resource, is_freeze, lease)))
		if (end_if_due(serve, lease))
			lease = NULL;
}

void settle_resource(struct serve *serve, const struct resource *resource)
{
	for (int is_freeze = 0; is_freeze < 2; is_freeze++) {
		end_if_due(serve, engine_find(serve->engine, is_freeze, resource->name));
		end_overlapping(serve, resource, is_freeze);
	}
}

void serve_catch_up(struct serve *serve)
{
	unsigned slice = serve->slice;
	if (!serve->is_behind)
		return;
	serve->slice = 0;
	(void)settle(serve);
	serve->slice = slice;
}

void serve_catch_up_name(struct serve *serve, const char *name)
{
	struct resource resource;
	if (!serve->is_behind || resource_from_name(name, &resource) != VERDICT_OK)
		return;
	settle_resource(serve, &resource);
	(void)commit_flush(serve);
}

void serve_catch_up_lease(struct serve *serve, uint64_t token)
{
	if (serve->is_behind && end_if_due(serve, engine_find_token(serve->engine, token)))
		(void)commit_flush(serve);
}

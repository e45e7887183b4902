/* See repeat.h. Ends by a descriptor are not looked up: to be there no more is all they want. */
#include "repeat.h"

/* Its lease may have ended by now; then whoever claimed holds nothing, and learns that. */
static bool find_claim(struct serve *serve, const struct request *request, struct outcome *out,
		       uint64_t *token)
{
	bool is_freeze = request->op == OP_FREEZE;
	const struct lease *lease = engine_find(serve->engine, is_freeze, request->resource.name);
	struct done done;
	if (lease && lease->made_by == serve->unique) {
		*token = lease->token;
		return true;
	}
	/* Who may wait does: its lease may have been lost to another machine since. */
	if (request->waiter ||
	    !engine_find_done(serve->engine, serve->unique, EVENT_RECORDS, 0, &done) ||
	    !event_is_claim(done.kind))
		return false;
	out->verdict = VERDICT_ENDED;
	return true;
}

static bool find_change(struct serve *serve, const struct request *request, enum event_class class,
			uint64_t *token)
{
	struct done done;
	if (!engine_find_done(serve->engine, serve->unique, class, request->token, &done))
		return false;
	*token = done.token;
	return true;
}

bool repeat_find(struct serve *serve, const struct request *request, struct outcome *out,
		 uint64_t *token)
{
	struct outcome found = {.verdict = VERDICT_OK, .is_repeat = true};
	bool is_found = false;
	if (!serve->is_return)
		return false;
	if (request->op == OP_ACQUIRE || request->op == OP_FREEZE)
		is_found = find_claim(serve, request, &found, token);
	else if (request->op == OP_RELEASE)
		is_found = find_change(serve, request, EVENT_ENDS, token);
	else if (request->op == OP_SET || request->op == OP_RENEW)
		is_found = find_change(serve, request, EVENT_RECORDS, token);
	if (is_found)
		*out = found;
	return is_found;
}

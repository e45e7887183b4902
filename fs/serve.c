/*
 * The door; see serve.h. Deciding is the engine's, writing down is commit.h's, who lives
 * is the machine's to say (host/identity.h): this file puts them in their order.
 */
#include "serve.h"

#include "commit.h"
#include "confirm.h"
#include "host/journal.h"
#include "refusals.h"
#include "repeat.h"
#include "settle.h"
#include "witness.h"

void serve_turn(struct serve *serve, struct now now)
{
	serve->now = now;
	int64_t jump = engine_clock_jump(serve->engine, now);
	if (jump) {
		struct event event = {.kind = EVENT_CLOCK, .at = now, .delta_ns = jump};
		serve_keep_books(serve, &event);
	}
	refusals_flush(serve->refusals, serve->journal, now);
	commit_watch_missing(serve);
	settle(serve);
}

static void remember_end(struct serve *serve, const struct event *event)
{
	lease_free(serve->ended);
	serve->ended = event_class(event->kind) == EVENT_ENDS ? lease_copy(event->lease) : NULL;
}

/*
 * A closed descriptor is a fact; everything else must be written to be true, an unlock by the end
 * of the turn.
 */
static void carry_out(struct serve *serve, const struct request *request, struct decision *decision,
		      struct outcome *out)
{
	remember_end(serve, &decision->event);
	if (request->op == OP_CLOSE)
		commit_fact(serve, &decision->event);
	else if (request->op == OP_UNLOCK && serve->ended)
		out->error = -commit_ahead(serve, &decision->event);
	else
		out->error = -commit_event(serve, &decision->event, &out->position);
	if (decision->verdict != VERDICT_OK)
		out->error = 0;
}

/* What to show, looked up last: settling may have ended it meanwhile. */
static const struct lease *shown(const struct serve *serve, uint64_t token)
{
	const struct lease *lease = token ? engine_find_token(serve->engine, token) : NULL;
	if (lease || !serve->ended)
		return lease;
	return serve->ended->token == token ? serve->ended : NULL;
}

/* Which request it was: should it come back, it is known. */
static void sign(const struct serve *serve, struct event *event)
{
	event->req = serve->unique;
	if (event_is_claim(event->kind))
		event->lease->made_by = serve->unique;
}

static bool is_repeat(struct serve *serve, const struct request *request, struct outcome *out,
		      uint64_t *token)
{
	if (!repeat_find(serve, request, out, token))
		return false;
	lease_free(serve->ended);
	serve->ended = NULL;
	return true;
}

/* From here on time counts as waiting. */
static int park(struct serve *serve, const struct request *request)
{
	struct request waiting = *request;
	waiting.waits_since_ns = serve->now.mono_ns;
	return engine_park(serve->engine, &waiting);
}

/* What the request may meet is as of now. A name is not all that a full table is about. */
static void catch_up_for(struct serve *serve, const struct request *request)
{
	if (!serve->is_behind)
		return;
	bool is_claim = request->op == OP_ACQUIRE || request->op == OP_FREEZE;
	if (request->token)
		serve_catch_up_lease(serve, request->token);
	else if (request->resource.name[0])
		settle_resource(serve, &request->resource);
	if (is_claim && engine_is_full(serve->engine, request->op == OP_FREEZE))
		serve_catch_up(serve);
}

/* Decides and carries out, but leaves to the caller what follows from it. */
static struct outcome take(struct serve *serve, const struct request *request, uint64_t *token)
{
	struct outcome out = {0};
	struct decision decision;
	if (is_repeat(serve, request, &out, token))
		return out;
	catch_up_for(serve, request);
	witness_request(serve, request);
	int error = engine_decide(serve->engine, request, serve->now, &decision);
	if (error == 0 && decision.is_parked)
		error = park(serve, request);
	if (error < 0) {
		out.error = -error;
		return out;
	}
	*token = decision.blocker ? decision.blocker->token : 0;
	if (decision.has_event && decision.verdict == VERDICT_OK)
		*token = decision.event.lease->token;
	if (decision.verdict != VERDICT_OK && decision.blocker && decision.blocker->is_foreign)
		serve->is_refused_by_foreign = true;
	out.verdict = decision.verdict;
	out.is_parked = decision.is_parked;
	if (decision.has_event) {
		sign(serve, &decision.event);
		carry_out(serve, request, &decision, &out);
	}
	return out;
}

/* A claim that came back may have the remote's word already. */
static bool needs_confirming(const struct serve *serve, const struct request *request,
			     uint64_t token)
{
	const struct lease *lease = engine_find_token(serve->engine, token);
	bool is_told = request->op == OP_ACQUIRE && lease && lease->published_wall_ns;
	return !is_told && confirm_is_needed(serve, request, token);
}

struct outcome serve_request(struct serve *serve, const struct request *request)
{
	uint64_t token = 0;
	struct outcome out = take(serve, request, &token);
	if (!out.error && out.verdict == VERDICT_OK && needs_confirming(serve, request, token)) {
		out.error = -confirm_begin(serve, request, token);
		out.is_parked = !out.error;
	}
	int error = settle(serve);
	if (error < 0)
		out.error = -error;
	out.lease = shown(serve, token);
	return out;
}

struct outcome serve_requests(struct serve *serve, const struct request *const *list, size_t len)
{
	struct outcome out = {0};
	uint64_t token = 0;
	for (size_t i = 0; i < len && !out.error && out.verdict == VERDICT_OK; i++)
		out = take(serve, list[i], &token);
	int error = settle(serve);
	if (error < 0)
		out.error = -error;
	out.lease = shown(serve, token);
	return out;
}

bool serve_was_done(const struct serve *serve, enum event_class class)
{
	struct done done;
	return serve->is_return && engine_find_done(serve->engine, serve->unique, class, 0, &done);
}

void serve_died(struct serve *serve, struct process process)
{
	engine_died(serve->engine, process);
	settle(serve);
}

bool serve_is_unconfirmed(const struct serve *serve, uint64_t token)
{
	return confirm_is_pending(serve, token);
}

bool serve_unpark(struct serve *serve, uint64_t waiter)
{
	bool was_parked = engine_unpark(serve->engine, waiter) || confirm_cancel(serve, waiter);
	settle(serve);
	return was_parked;
}

bool serve_take_settled(struct serve *serve, struct settled *out)
{
	if (serve->settled_first == serve->settled_len) {
		serve->settled_first = serve->settled_len = 0;
		return false;
	}
	*out = serve->settled[serve->settled_first++];
	return true;
}

int64_t serve_next_deadline(const struct serve *serve)
{
	int64_t engine_ns = engine_next_deadline(serve->engine);
	int64_t refusals_ns = refusals_deadline(serve->refusals);
	int64_t confirm_ns = confirm_deadline(serve);
	int64_t first_ns = engine_ns < refusals_ns ? engine_ns : refusals_ns;
	return first_ns < confirm_ns ? first_ns : confirm_ns;
}

int serve_keep_books(struct serve *serve, struct event *event)
{
	return commit_event(serve, event, NULL);
}

int serve_audit_fd(const struct serve *serve, uint64_t *size)
{
	*size = serve->journal->size;
	return serve->journal->fd;
}

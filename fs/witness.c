/*
 * See witness.h. What is dead stays dead (a process is its pid and its start), so the
 * engine keeps what it was told and only the rest is asked for again.
 */
#include "witness.h"

/* Most leases of a listing share their living ancestor: asked once a turn. */
static bool is_alive(struct serve *serve, struct process process)
{
	struct seen *seen = &serve->seen_alive[(unsigned)process.pid % SERVE_SEEN_MAX];
	if (seen->at_ns == serve->now.mono_ns && process_is_equal(seen->process, process))
		return true;
	if (!identity_is_alive(serve->identity, process))
		return false;
	*seen = (struct seen){process, serve->now.mono_ns};
	return true;
}

static void witness(struct serve *serve, const struct lease *lease)
{
	const struct party *party = lease->party;
	unsigned known = engine_living(serve->engine, lease);
	unsigned living = known;
	while (living < party->chain_len && !is_alive(serve, party->chain[living]))
		living++;
	if (living != known)
		engine_observe(serve->engine, lease, living);
}

void witness_request(struct serve *serve, const struct request *request)
{
	const struct lease *lease = NULL;
	if (request->op == OP_ACQUIRE) {
		const struct resource *resource = &request->resource;
		while ((lease = engine_next_overlap(serve->engine, resource, false, lease)))
			witness(serve, lease);
	}
	if (request->op != OP_RELEASE && request->op != OP_RENEW)
		return;
	lease = engine_find(serve->engine, request->is_freeze, request->resource.name);
	if (lease)
		witness(serve, lease);
}

bool serve_is_own(struct serve *serve, const struct lease *lease, const struct party *party)
{
	witness(serve, lease);
	return engine_may_release(serve->engine, lease, party);
}

struct outcome serve_query(struct serve *serve, const struct request *claim)
{
	struct outcome out = {.verdict = VERDICT_HELD};
	struct decision decision;
	out.lease = engine_find(serve->engine, false, claim->resource.name);
	if (out.lease)
		return out;
	witness_request(serve, claim);
	out.error = -engine_decide(serve->engine, claim, serve->now, &decision);
	if (out.error)
		return out;
	out.verdict = decision.verdict;
	out.lease = decision.blocker;
	if (decision.has_event)
		event_clear(&decision.event);
	return out;
}

const char *serve_pid_status(struct serve *serve, const struct lease *lease)
{
	if (lease->party->chain_len == 0)
		return "unknown";
	witness(serve, lease);
	bool is_dead = engine_living(serve->engine, lease) == lease->party->chain_len;
	return is_dead ? "dead" : "alive";
}

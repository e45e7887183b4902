/*
 * See witness.h. What is dead stays dead (a process is its pid and its start), so the
 * engine keeps what it was told and only the rest is asked for again.
 */
#include "witness.h"

static void witness(struct serve *serve, const struct lease *lease)
{
	unsigned known = engine_living(serve->engine, lease);
	unsigned living = identity_nearest_living(serve->identity, lease->party, known);
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

/* Most leases of a listing share their living ancestor: asked once a turn. */
static bool was_seen_alive(const struct serve *serve, const struct lease *lease)
{
	unsigned known = engine_living(serve->engine, lease);
	return serve->seen_alive_ns == serve->now.mono_ns && known < lease->party->chain_len &&
	       process_is_equal(serve->seen_alive, lease->party->chain[known]);
}

const char *serve_pid_status(struct serve *serve, const struct lease *lease)
{
	if (lease->party->chain_len == 0)
		return "unknown";
	if (was_seen_alive(serve, lease))
		return "alive";
	witness(serve, lease);
	unsigned living = engine_living(serve->engine, lease);
	if (living == lease->party->chain_len)
		return "dead";
	serve->seen_alive = lease->party->chain[living];
	serve->seen_alive_ns = serve->now.mono_ns;
	return "alive";
}

/* See confirm.h. */
#include "confirm.h"

#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

#include "commit.h"
#include "host/lockid.h"
#include "settle.h"

/* How long a claim that locks the directory waits for a remote that did not answer last time. */
#define DOWN_WAIT_NS (300 * NS_PER_MS)

struct pending {
	struct request *claim;
	uint64_t token;
	uint64_t position;
	int64_t tell_by_ns;
	bool is_lost; /* to another machine, not withdrawn by anybody here */
	struct pending *prev, *next;
};

static bool is_claim(const struct pending *pending)
{
	return pending->claim->op == OP_ACQUIRE;
}

/* To the millisecond, as lock.json has it. */
static bool is_published(const struct lease *lease)
{
	return lease->published_wall_ns &&
	       lease->expires_wall_ns / NS_PER_MS <= lease->published_wall_ns / NS_PER_MS;
}

bool confirm_is_needed(const struct serve *serve, const struct request *request, uint64_t token)
{
	if (!serve->is_strict || !request->asker || !resource_is_shared(&request->resource))
		return false;
	if (request->op == OP_ACQUIRE)
		return true;
	const struct lease *lease = engine_find_token(serve->engine, token);
	return request->op == OP_RENEW && lease && !is_published(lease);
}

struct request *confirm_take_claim(const struct serve *serve, const struct due *due)
{
	struct request claim;
	bool is_grant = due->has_event && due->verdict == VERDICT_OK;
	if (!is_grant || !engine_waiter_claim(serve->engine, due->waiter, &claim) ||
	    !confirm_is_needed(serve, &claim, 0))
		return NULL;
	return engine_copy_claim(&claim);
}

static void take_back(struct serve *serve, uint64_t token, const char *reason)
{
	struct request request = {
		.op = OP_LOSE, .token = token, .ending = EVENT_RELEASE, .reason = reason};
	struct decision decision;
	if (engine_decide(serve->engine, &request, serve->now, &decision) == 0 &&
	    decision.has_event)
		commit_fact(serve, &decision.event);
}

int confirm_begin(struct serve *serve, const struct request *claim, uint64_t token)
{
	const struct lease *lease = engine_find_token(serve->engine, token);
	struct pending *pending = calloc(1, sizeof(*pending));
	struct request *copy = engine_copy_claim(claim);
	if (!pending || !copy) {
		free(pending);
		engine_free_claim(copy);
		if (lease && claim->op == OP_ACQUIRE)
			take_back(serve, token, "withdrawn");
		return -ENOMEM;
	}
	int64_t within_ns = claim->tell_within_ns ? claim->tell_within_ns : serve->strict_wait_ns;
	/* The directory is locked meanwhile: not for long once the remote is known to be down. */
	if (!claim->tell_within_ns && serve->is_remote_down && within_ns > DOWN_WAIT_NS)
		within_ns = DOWN_WAIT_NS;
	*pending = (struct pending){
		.claim = copy, .token = token, .tell_by_ns = serve->now.mono_ns + within_ns};
	DL_APPEND(serve->pendings, pending);
	return 0;
}

static void forget(struct serve *serve, struct pending *pending)
{
	DL_DELETE(serve->pendings, pending);
	engine_free_claim(pending->claim);
	free(pending);
}

static void answer(struct serve *serve, struct pending *pending, enum verdict verdict,
		   uint64_t position)
{
	struct settled settled = {
		.waiter = pending->claim->asker, .verdict = verdict, .position = position};
	settled.token = verdict == VERDICT_OK ? pending->token : 0;
	settle_post(serve, &settled);
	forget(serve, pending);
}

static struct pending *find_pending(const struct serve *serve, uint64_t token)
{
	struct pending *pending;
	DL_FOREACH (serve->pendings, pending)
		if (pending->token == token && is_claim(pending))
			return pending;
	return NULL;
}

void confirm_won(struct serve *serve, uint64_t token, uint64_t position)
{
	const struct lease *lease = engine_find_token(serve->engine, token);
	struct pending *pending, *tmp;
	DL_FOREACH_SAFE (serve->pendings, pending, tmp)
		if (pending->token == token &&
		    (is_claim(pending) || (lease && is_published(lease))))
			answer(serve, pending, VERDICT_OK, position);
}

bool confirm_is_pending(const struct serve *serve, uint64_t token)
{
	return find_pending(serve, token) != NULL;
}

bool confirm_lose(struct serve *serve, uint64_t token)
{
	struct pending *pending = find_pending(serve, token);
	if (pending)
		pending->is_lost = true;
	return pending != NULL;
}

int64_t confirm_latest(const struct serve *serve)
{
	int64_t latest_ns = 0;
	struct pending *pending;
	DL_FOREACH (serve->pendings, pending)
		if (pending->tell_by_ns > latest_ns)
			latest_ns = pending->tell_by_ns;
	return latest_ns;
}

int64_t confirm_deadline(const struct serve *serve)
{
	int64_t first_ns = LEASE_NEVER;
	struct pending *pending;
	DL_FOREACH (serve->pendings, pending)
		if (pending->tell_by_ns < first_ns)
			first_ns = pending->tell_by_ns;
	return first_ns;
}

bool confirm_cancel(struct serve *serve, uint64_t asker)
{
	struct pending *pending;
	DL_FOREACH (serve->pendings, pending)
		if (pending->claim->asker == asker)
			break;
	if (!pending)
		return false;
	uint64_t token = is_claim(pending) ? pending->token : 0;
	forget(serve, pending);
	if (token)
		take_back(serve, token, "withdrawn");
	return true;
}

/* Lost to another machine, and there is time to wait: under a new lock id, as the old one ended. */
static bool queue_again(struct serve *serve, struct pending *pending)
{
	struct request *claim = pending->claim;
	char lock_id[LOCK_ID_LEN + 1];
	if (!claim->waiter || !pending->is_lost || claim->wait_until_ns <= serve->now.mono_ns ||
	    !lockid_new(lock_id))
		return false;
	struct request again = *claim;
	again.new_lock_id = lock_id;
	return engine_park(serve->engine, &again) == 0;
}

static void answer_ended(struct serve *serve, struct pending *pending)
{
	const char *name = pending->claim->resource.name;
	bool is_held = engine_find(serve->engine, false, name) != NULL;
	if (!is_claim(pending))
		answer(serve, pending, VERDICT_ENDED, 0);
	else if (queue_again(serve, pending))
		forget(serve, pending);
	else
		answer(serve, pending, is_held ? VERDICT_HELD : VERDICT_CONFLICT, 0);
}

bool confirm_settle(struct serve *serve)
{
	struct pending *pending, *tmp;
	bool is_changed = false;
	DL_FOREACH_SAFE (serve->pendings, pending, tmp) {
		if (!engine_find_token(serve->engine, pending->token)) {
			answer_ended(serve, pending);
		} else if (pending->tell_by_ns <= serve->now.mono_ns) {
			is_changed |= is_claim(pending);
			if (is_claim(pending))
				take_back(serve, pending->token, "unreachable");
			answer(serve, pending, VERDICT_UNREACHABLE, 0);
		}
	}
	return is_changed;
}

void confirm_release(struct serve *serve)
{
	while (serve->pendings)
		forget(serve, serve->pendings);
}

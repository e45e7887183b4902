/*
 * Leases that stand in git as well: what the refs and the remote say of them, and which of ours
 * have ended so lately that a ref may still show them. Who wins is sharing.h's to find out.
 */
#include "engine/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How long an ended lease without an expiry is remembered. */
#define TOMB_KEPT_NS (48 * INT64_C(3600) * NS_PER_SEC)

/* A ref is nobody's once its expiry and this have passed. */
#define TOMB_MARGIN_NS (600 * NS_PER_SEC)

static void bury(struct engine *engine, struct tomb *tomb)
{
	HASH_DEL(engine->tombs, tomb);
	lease_clear(&tomb->lease);
	free(tomb);
}

/* The oldest come first. */
static void make_room(struct engine *engine, int64_t wall_ns)
{
	struct tomb *tomb, *tmp;
	HASH_ITER (hh, engine->tombs, tomb, tmp) {
		if (tomb->until_wall_ns > wall_ns && HASH_COUNT(engine->tombs) < TOMBS_MAX)
			return;
		bury(engine, tomb);
	}
}

/* Of ours each end; of others' one that somebody here broke, so that it does not come back. */
static bool needs_tomb(const struct engine *engine, const struct event *end,
		       const struct lease *lease)
{
	if (is_mirrored(engine, lease))
		return lease->lock_id[0] != '\0';
	return lease->is_foreign && end->kind == EVENT_FORCE_BREAK && engine->config.is_mirrored;
}

void tomb_add(struct engine *engine, const struct event *end, const struct lease *lease)
{
	if (!needs_tomb(engine, end, lease) || engine_find_tomb(engine, lease->lock_id))
		return;
	make_room(engine, end->at.wall_ns);
	struct tomb *tomb = calloc(1, sizeof(*tomb));
	struct lease *copy = lease_copy(lease);
	need_memory(tomb && copy);
	tomb->lease = *copy;
	free(copy);
	tomb->until_wall_ns = lease->expires_wall_ns ? lease->expires_wall_ns + TOMB_MARGIN_NS
						     : end->at.wall_ns + TOMB_KEPT_NS;
	if (lease->published_wall_ns + TOMB_MARGIN_NS > tomb->until_wall_ns)
		tomb->until_wall_ns = lease->published_wall_ns + TOMB_MARGIN_NS;
	HASH_ADD(hh, engine->tombs, lease.lock_id, LOCK_ID_LEN, tomb);
	need_memory(tomb->hh.tbl);
}

void tombs_release(struct engine *engine)
{
	struct tomb *tomb, *tmp;
	HASH_ITER (hh, engine->tombs, tomb, tmp)
		bury(engine, tomb);
}

static struct tomb *find_tomb(const struct engine *engine, const char *lock_id)
{
	struct tomb *tomb;
	HASH_FIND(hh, engine->tombs, lock_id, LOCK_ID_LEN, tomb);
	return tomb;
}

const struct lease *engine_find_tomb(const struct engine *engine, const char *lock_id)
{
	struct tomb *tomb = strlen(lock_id) == LOCK_ID_LEN ? find_tomb(engine, lock_id) : NULL;
	return tomb ? &tomb->lease : NULL;
}

const struct lease *engine_next_tomb(const struct engine *engine, const struct lease *previous)
{
	struct tomb *tomb = previous ? ((const struct tomb *)previous)->hh.next : engine->tombs;
	return tomb ? &tomb->lease : NULL;
}

static int propose(struct decision *out, enum event_kind kind, const struct lease *lease,
		   struct now now)
{
	int error = event_about(&out->event, kind, lease, now);
	out->has_event = error == 0;
	return error;
}

/* A foreign lease is believed until its expiry has passed on the worst clock of all machines. */
static void set_expiry(const struct engine *engine, struct lease *lease,
		       const struct request *request, struct now now)
{
	int64_t left_ns = request->expires_wall_ns - now.wall_ns;
	lease->ttl_ms = left_ns > NS_PER_MS ? left_ns / NS_PER_MS : 1;
	lease->expires_wall_ns = request->expires_wall_ns;
	lease->published_wall_ns = request->is_from_remote ? request->expires_wall_ns : 0;
	lease->deadline_ns = now.mono_ns + left_ns + engine->config.skew_ns;
}

static int import_new(const struct engine *engine, const struct request *request, struct now now,
		      struct decision *out)
{
	if (engine_is_full(engine, false)) {
		out->verdict = VERDICT_TABLE_FULL;
		return 0;
	}
	struct lease *lease = lease_from_claim(engine, request, engine->next_token, now);
	if (!lease)
		return -ENOMEM;
	lease->is_foreign = true;
	lease->ttl_is_explicit = false;
	set_expiry(engine, lease, request, now);
	out->event = (struct event){.kind = EVENT_IMPORT, .at = now, .lease = lease};
	out->has_event = true;
	return 0;
}

static int decide_import(const struct engine *engine, const struct request *request, struct now now,
			 struct decision *out)
{
	struct slot *slot = find_slot(engine, false, request->resource.name);
	if (!slot)
		return import_new(engine, request, now, out);
	out->blocker = &slot->lease;
	if (!slot->lease.is_foreign || strcmp(slot->lease.lock_id, request->new_lock_id) != 0) {
		out->verdict = VERDICT_HELD;
		return 0;
	}
	if (slot->lease.expires_wall_ns == request->expires_wall_ns &&
	    (slot->lease.published_wall_ns != 0) == request->is_from_remote)
		return 0;
	int error = propose(out, EVENT_IMPORT, &slot->lease, now);
	if (error == 0)
		set_expiry(engine, out->event.lease, request, now);
	return error;
}

static int decide_publish(const struct request *request, const struct lease *lease, struct now now,
			  struct decision *out)
{
	if (lease->published_wall_ns == request->expires_wall_ns)
		return 0;
	int error = propose(out, EVENT_PUBLISH, lease, now);
	if (error == 0)
		out->event.lease->published_wall_ns = request->expires_wall_ns;
	return error;
}

static int decide_lose(const struct request *request, const struct lease *lease, struct now now,
		       struct decision *out)
{
	char *reason = request->reason ? strdup(request->reason) : NULL;
	if (request->reason && !reason)
		return -ENOMEM;
	int error = propose(out, request->ending, lease, now);
	if (error == 0)
		out->event.reason = reason;
	else
		free(reason);
	return error;
}

int decide_share(const struct engine *engine, const struct request *request, struct now now,
		 struct decision *out)
{
	if (request->op == OP_IMPORT)
		return decide_import(engine, request, now, out);
	const struct lease *lease = engine_find_token(engine, request->token);
	if (!lease) {
		out->verdict = VERDICT_ENDED;
		return 0;
	}
	return request->op == OP_PUBLISH ? decide_publish(request, lease, now, out)
					 : decide_lose(request, lease, now, out);
}

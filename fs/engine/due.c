/*
 * What time, deaths and releases have brought about, one thing a call: first what ends,
 * then who is sent away, then who is granted. The order matters: a grant must see
 * every lease that has ended by now, and a freeze beats a grant.
 */
#include "engine/state.h"

#include <stddef.h>
#include <stdlib.h>

static bool tell(struct due *out, enum event_kind kind, const struct lease *lease, struct now now)
{
	struct due due = {.has_event = true};
	if (event_about(&due.event, kind, lease, now) < 0)
		return false;
	*out = due;
	return true;
}

static bool due_death(const struct slot *slot, struct now now, struct due *out)
{
	if (slot_is_orphan(slot))
		return tell(out, EVENT_HOLDER_DEAD, &slot->lease, now);
	if (!tell(out, EVENT_BIND, &slot->lease, now))
		return false;
	lease_drop_idle_ttl(out->event.lease, true);
	return true;
}

static bool due_bereaved(struct engine *engine, struct now now, struct due *out)
{
	return engine->bereaved && due_death(engine->bereaved->slot, now, out);
}

static bool due_expiry(struct engine *engine, struct now now, struct due *out)
{
	struct heap_item *top = heap_top(&engine->expiries);
	if (!top || top->key_ns > now.mono_ns)
		return false;
	return tell(out, EVENT_EXPIRE, &container_of(top, struct slot, expiry)->lease, now);
}

static bool due_timeout(struct engine *engine, struct now now, struct due *out)
{
	struct heap_item *top = heap_top(&engine->waitq.timeouts);
	if (!top || top->key_ns > now.mono_ns)
		return false;
	struct waiter *waiter = container_of(top, struct waiter, timeout);
	*out = (struct due){.waiter = waiter->id, .verdict = VERDICT_TIMED_OUT};
	return true;
}

static int64_t waited_ms(const struct waiter *waiter, struct now now)
{
	int64_t since_ns = waiter->waits_since_ns;
	return since_ns ? (now.mono_ns - since_ns) / NS_PER_MS : 0;
}

/* A waiter leaves the queue with this event about its claim. */
static bool leave(const struct engine *engine, const struct waiter *waiter, enum event_kind kind,
		  enum verdict verdict, struct now now, struct due *out)
{
	uint64_t token = verdict == VERDICT_OK ? engine->next_token : 0;
	const struct request claim = waiter_claim(waiter);
	struct lease *lease = lease_from_claim(engine, &claim, token, now);
	if (!lease)
		return false;
	*out = (struct due){
		.has_event = true,
		.event = {.kind = kind,
			  .at = now,
			  .lease = lease,
			  .verdict = verdict,
			  .count = verdict == VERDICT_OK ? 0 : 1,
			  .waited_ms = verdict == VERDICT_OK ? waited_ms(waiter, now) : 0,
			  .waiter = waiter->id},
		.waiter = waiter->id,
		.verdict = verdict,
	};
	return true;
}

/* The waiter's turn has come, or it is sent away, and *out says so unless memory is out for it. */
static bool judge(const struct engine *engine, const struct waiter *waiter, struct now now,
		  bool *is_due, struct due *out)
{
	const struct resource *resource = &waiter->queue->resource;
	*is_due = true;
	if (find_freeze(engine, resource))
		return leave(engine, waiter, EVENT_FREEZE_DENY, VERDICT_FROZEN, now, out);
	if (find_blocker(engine, resource, waiter->party) ||
	    is_behind_waiter(engine, resource, waiter->party, waiter)) {
		*is_due = false;
		return false;
	}
	if (engine_is_full(engine, false))
		return leave(engine, waiter, EVENT_DENY, VERDICT_TABLE_FULL, now, out);
	return leave(engine, waiter, EVENT_GRANT, VERDICT_OK, now, out);
}

static bool due_turn(struct engine *engine, struct now now, struct due *out)
{
	while (engine->waitq.ready) {
		struct queue *queue = engine->waitq.ready;
		bool is_due;
		if (judge(engine, queue->first, now, &is_due, out))
			return true;
		/* It stays ready: engine_next_deadline() says so. */
		if (is_due)
			return false;
		waitq_settled(&engine->waitq, queue);
	}
	return false;
}

bool engine_due(struct engine *engine, struct now now, struct due *out)
{
	return due_bereaved(engine, now, out) || due_expiry(engine, now, out) ||
	       due_timeout(engine, now, out) || due_turn(engine, now, out);
}

bool engine_due_lease(const struct engine *engine, const struct lease *lease, struct now now,
		      struct due *out)
{
	const struct slot *slot = slot_of(lease);
	if (slot->bond && slot->bond->is_bereaved)
		return due_death(slot, now, out);
	return slot_expiry_ns(engine, slot) <= now.mono_ns && tell(out, EVENT_EXPIRE, lease, now);
}

int64_t engine_next_deadline(const struct engine *engine)
{
	const struct heap_item *expiry = heap_top(&engine->expiries);
	const struct heap_item *timeout = heap_top(&engine->waitq.timeouts);
	int64_t first = expiry ? expiry->key_ns : LEASE_NEVER;
	/* Something was due and there was no memory for it: it still is. */
	if (engine->bereaved || engine->waitq.ready)
		return 0;
	return timeout && timeout->key_ns < first ? timeout->key_ns : first;
}

/*
 * Questions about the state that decide, apply and due have in common: who stands in
 * whose way, whose a lease is, when it ends. Nothing here changes anything.
 */
#include "engine/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct slot *next_slot(const struct engine *engine, const struct slot *previous)
{
	bool is_freeze = previous && previous->lease.is_freeze;
	struct slot *slot = table_next(&engine->tables[is_freeze], previous);
	return slot || is_freeze ? slot : table_next(&engine->tables[true], NULL);
}

bool is_mirrored(const struct engine *engine, const struct lease *lease)
{
	return engine->config.is_mirrored && lease_is_shared(lease) && !lease->is_freeze &&
	       !lease->is_foreign;
}

int64_t slot_expiry_ns(const struct engine *engine, const struct slot *slot)
{
	const struct lease *lease = &slot->lease;
	int64_t at_ns =
		lease_is_bound(lease) && slot->setter_is_dead ? LEASE_NEVER : lease->deadline_ns;
	if (!engine->config.is_strict || !lease->published_wall_ns || !is_mirrored(engine, lease))
		return at_ns;
	int64_t published_ns = lease->published_wall_ns - engine->wall_offset_ns;
	return published_ns < at_ns ? published_ns : at_ns;
}

bool slot_is_orphan(const struct slot *slot)
{
	return slot->is_lost || (lease_is_bound(&slot->lease) && !slot_is_kept(slot));
}

bool slot_is_bereaved(const struct slot *slot)
{
	const struct lease *lease = &slot->lease;
	return slot_is_orphan(slot) ||
	       (lease_is_bound(lease) && lease->ttl_is_explicit && slot->setter_is_dead);
}

bool slot_is_kept(const struct slot *slot)
{
	return slot->lease.handle != 0 || (slot->lease.process.pid != 0 && !slot->process_is_dead);
}

/*
 * Design "Who is who", strict where it is silent: two different explicit owners (or agent
 * ids) are two parties even below one harness.
 */
static bool is_own(const struct party *holder, bool agent_is_explicit, const char *agent_id,
		   unsigned living, const struct party *caller)
{
	if (caller->chain_len == 0 || holder->uid != caller->uid)
		return false;
	if (agent_is_explicit && caller->agent_is_explicit &&
	    strcmp(agent_id, caller->agent_id) != 0)
		return false;
	bool is_same_owner = strcmp(holder->owner, caller->owner) == 0;
	if (holder->owner_is_explicit && caller->owner_is_explicit)
		return is_same_owner;
	if (living < holder->chain_len)
		return party_has_process(caller, holder->chain[living]);
	return is_same_owner;
}

bool engine_may_release(const struct engine *engine, const struct lease *lease,
			const struct party *party)
{
	(void)engine;
	bool agent_is_explicit = lease->agent_id || lease->party->agent_is_explicit;
	return !lease->is_foreign && is_own(lease->party, agent_is_explicit, lease_agent_id(lease),
					    slot_of(lease)->living, party);
}

bool is_namesake(const struct lease *lease, const struct party *party)
{
	bool agent_is_explicit = lease->agent_id || lease->party->agent_is_explicit;
	return !lease->is_foreign && is_own(lease->party, agent_is_explicit, lease_agent_id(lease),
					    lease->party->chain_len, party);
}

bool engine_is_stale(const struct engine *engine, const struct lease *lease)
{
	(void)engine;
	return lease->ttl_ms == 0 && !lease_is_bound(lease) && !lease->is_freeze &&
	       !lease->is_foreign && slot_of(lease)->living >= lease->party->chain_len;
}

const struct lease *find_freeze(const struct engine *engine, const struct resource *resource)
{
	const struct table *freezes = &engine->tables[true];
	struct slot *slot = table_find(freezes, resource->name);
	if (!slot)
		slot = table_next_overlap(freezes, resource, NULL);
	return slot ? &slot->lease : NULL;
}

const struct lease *find_blocker(const struct engine *engine, const struct resource *resource,
				 const struct party *party)
{
	const struct table *leases = &engine->tables[false];
	struct slot *slot = table_find(leases, resource->name);
	if (slot)
		return &slot->lease;
	if (engine->config.overlap_is_allowed)
		return NULL;
	while ((slot = table_next_overlap(leases, resource, slot)))
		if (!engine_may_release(engine, &slot->lease, party))
			return &slot->lease;
	return NULL;
}

/* An earlier waiter keeps its place before a later one that it conflicts with. */
static bool is_before(const struct engine *engine, const struct waiter *waiter,
		      const struct resource *resource, const struct party *party)
{
	const struct resource *waited_for = &waiter->queue->resource;
	const struct party *waits = waiter->party;
	if (resource_is_equal(waited_for, resource))
		return true;
	if (engine->config.overlap_is_allowed ||
	    !resource_names_overlap(waited_for->name, resource->name))
		return false;
	return !is_own(waits, waits->agent_is_explicit, waits->agent_id, 0, party);
}

bool is_behind_waiter(const struct engine *engine, const struct resource *resource,
		      const struct party *party, const struct waiter *self)
{
	if (!resource_is_shared(resource)) {
		struct queue *queue = waitq_queue(&engine->waitq, resource->name);
		return queue && queue->first != self;
	}
	for (struct waiter *waiter = engine->waitq.shared; waiter && waiter != self;
	     waiter = waiter->shared_next)
		if (is_before(engine, waiter, resource, party))
			return true;
	return false;
}

size_t engine_place(const struct engine *engine, uint64_t id)
{
	const struct waiter *self = waitq_find(&engine->waitq, id);
	if (!self)
		return 0;
	const struct resource *resource = &self->queue->resource;
	bool is_shared = resource_is_shared(resource);
	const struct waiter *waiter = is_shared ? engine->waitq.shared : self->queue->first;
	size_t place = 0;
	for (; waiter && waiter != self; waiter = is_shared ? waiter->shared_next : waiter->next)
		if (is_before(engine, waiter, resource, self->party))
			place++;
	return place;
}

int event_about(struct event *event, enum event_kind kind, const struct lease *lease,
		struct now now)
{
	struct lease *copy = lease_copy(lease);
	if (!copy)
		return -ENOMEM;
	*event = (struct event){.kind = kind, .at = now, .lease = copy};
	return 0;
}

static void set_ttl(struct lease *lease, int64_t ttl_ms, struct now now)
{
	lease->ttl_ms = ttl_ms;
	lease->deadline_ns = ttl_ms ? now.mono_ns + ttl_ms * NS_PER_MS : LEASE_NEVER;
	lease->expires_wall_ns = ttl_ms ? now.wall_ns + ttl_ms * NS_PER_MS : 0;
}

void lease_drop_idle_ttl(struct lease *lease, bool setter_is_dead)
{
	bool runs = lease->ttl_is_explicit && lease->ttl_setter.pid && !setter_is_dead;
	if (runs || !lease_is_bound(lease))
		return;
	lease->ttl_ms = 0;
	lease->deadline_ns = LEASE_NEVER;
	lease->expires_wall_ns = 0;
	lease->ttl_is_explicit = false;
	lease->ttl_setter = (struct process){0};
}

static bool copy_strings(struct lease *lease, const struct request *claim)
{
	lease->note = claim->note ? strdup(claim->note) : NULL;
	lease->agent_id = claim->agent_id ? strdup(claim->agent_id) : NULL;
	return lease_set_resource(lease, &claim->resource) && !(claim->note && !lease->note) &&
	       !(claim->agent_id && !lease->agent_id);
}

struct lease *lease_from_claim(const struct engine *engine, const struct request *claim,
			       uint64_t token, struct now now)
{
	struct lease *lease = calloc(1, sizeof(*lease));
	if (!lease)
		return NULL;
	lease->is_freeze = claim->op == OP_FREEZE;
	lease->token = token;
	lease->party = party_ref(claim->party);
	lease->holder = claim->holder;
	lease->acquired_wall_ns = now.wall_ns;
	lease->handle = claim->handle;
	lease->process = claim->process;
	set_ttl(lease, claim->has_ttl ? claim->ttl_ms : engine->config.default_ttl_ms, now);
	lease->ttl_is_explicit = claim->has_ttl && claim->ttl_is_explicit && claim->ttl_ms;
	if (lease->ttl_is_explicit)
		lease->ttl_setter = claim->holder;
	lease_drop_idle_ttl(lease, false);
	if (claim->new_lock_id)
		memcpy(lease->lock_id, claim->new_lock_id, LOCK_ID_LEN);
	if (copy_strings(lease, claim))
		return lease;
	lease_free(lease);
	return NULL;
}

/*
 * The engine's beginning and end, its queue's door, and the look-ups that everybody
 * uses. Decisions are in decide.c, changes in apply.c, time in due.c.
 */
#include "engine/state.h"

#include <stdlib.h>
#include <string.h>

#define CLOCK_JUMP_NS NS_PER_SEC

struct engine *engine_new(const struct engine_config *config)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	if (!engine)
		return NULL;
	engine->config = *config;
	engine->next_token = TOKEN_FIRST;
	engine->tokens_below = TOKEN_FIRST;
	return engine;
}

void slot_clear(struct slot *slot)
{
	slot->lease.name = NULL;
	lease_clear(&slot->lease);
}

void slot_free(struct slot *slot)
{
	slot_clear(slot);
	free(slot->bond);
	free(slot);
}

static void free_slots(const struct engine *engine)
{
	struct slot *slot = next_slot(engine, NULL);
	while (slot) {
		struct slot *next = next_slot(engine, slot);
		slot_free(slot);
		slot = next;
	}
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	struct watched *watched, *tmp;
	HASH_ITER (hh, engine->watched, watched, tmp) {
		HASH_DELETE(hh, engine->watched, watched);
		free(watched);
	}
	waitq_release(&engine->waitq);
	tombs_release(engine);
	party_unref(engine->last_party);
	free_slots(engine);
	table_release(&engine->tables[false]);
	table_release(&engine->tables[true]);
	index_release(&engine->by_token);
	index_release(&engine->by_handle);
	heap_release(&engine->expiries);
	free(engine);
}

int engine_park(struct engine *engine, const struct request *request)
{
	return waitq_add(&engine->waitq, request);
}

bool engine_unpark(struct engine *engine, uint64_t id)
{
	struct waiter *waiter = waitq_find(&engine->waitq, id);
	if (waiter)
		waitq_remove(&engine->waitq, waiter);
	return waiter != NULL;
}

bool engine_waiter_claim(const struct engine *engine, uint64_t id, struct request *out)
{
	const struct waiter *waiter = waitq_find(&engine->waitq, id);
	if (waiter)
		*out = waiter_claim(waiter);
	return waiter != NULL;
}

bool engine_has_shared_waiter(const struct engine *engine)
{
	return engine->waitq.shared != NULL;
}

unsigned engine_living(const struct engine *engine, const struct lease *lease)
{
	(void)engine;
	return slot_of(lease)->living;
}

int64_t engine_clock_jump(const struct engine *engine, struct now now)
{
	int64_t jump = now.wall_ns - now.mono_ns - engine->wall_offset_ns;
	return jump > CLOCK_JUMP_NS || jump < -CLOCK_JUMP_NS ? jump : 0;
}

const struct lease *engine_find(const struct engine *engine, bool is_freeze, const char *name)
{
	struct slot *slot = find_slot(engine, is_freeze, name);
	return slot ? &slot->lease : NULL;
}

const struct lease *engine_find_token(const struct engine *engine, uint64_t token)
{
	struct index_link *link = index_find(&engine->by_token, token);
	return link ? &container_of(link, struct slot, by_token)->lease : NULL;
}

const struct lease *engine_find_handle(const struct engine *engine, uint64_t handle)
{
	struct index_link *link = index_find(&engine->by_handle, handle);
	return link ? &container_of(link, struct bond, by_handle)->slot->lease : NULL;
}

const struct resource *engine_find_ended(const struct engine *engine, uint64_t token)
{
	const struct ended *ended = &engine->ended[token % ENDED_KEPT];
	return token && ended->token == token ? &ended->resource : NULL;
}

bool engine_is_full(const struct engine *engine, bool is_freeze)
{
	return engine->counts[is_freeze] >= engine->config.max_leases;
}

size_t engine_count(const struct engine *engine, bool is_freeze)
{
	return engine->counts[is_freeze];
}

const struct lease *engine_next(const struct engine *engine, bool is_freeze,
				const struct lease *previous)
{
	struct slot *slot =
		table_next(&engine->tables[is_freeze], previous ? slot_of(previous) : NULL);
	return slot ? &slot->lease : NULL;
}

const struct lease *engine_next_overlap(const struct engine *engine,
					const struct resource *resource, bool is_freeze,
					const struct lease *previous)
{
	struct slot *slot = table_next_overlap(&engine->tables[is_freeze], resource,
					       previous ? slot_of(previous) : NULL);
	return slot ? &slot->lease : NULL;
}

const char *engine_waiter_name(const struct engine *engine, uint64_t id)
{
	const struct waiter *waiter = waitq_find(&engine->waitq, id);
	return waiter ? waiter->queue->resource.name : NULL;
}

bool engine_next_waiter(const struct engine *engine, const char *name, uint64_t *cursor,
			const struct party **party)
{
	struct queue *queue = waitq_queue(&engine->waitq, name);
	struct waiter *previous = *cursor ? waitq_find(&engine->waitq, *cursor) : NULL;
	struct waiter *waiter =
		*cursor ? (previous ? previous->next : NULL) : (queue ? queue->first : NULL);
	if (!waiter)
		return false;
	*cursor = waiter->id;
	*party = waiter->party;
	return true;
}

struct process engine_next_watched(const struct engine *engine, struct process previous)
{
	struct process_key key = {previous.pid, previous.start_ns};
	struct watched *watched = engine->watched;
	if (previous.pid) {
		HASH_FIND(hh, engine->watched, &key, sizeof(key), watched);
		watched = watched ? watched->hh.next : NULL;
	}
	if (!watched)
		return (struct process){0};
	return (struct process){(pid_t)watched->key.pid, watched->key.start_ns};
}

bool engine_is_watched(const struct engine *engine, struct process process)
{
	struct process_key key = {process.pid, process.start_ns};
	struct watched *watched;
	HASH_FIND(hh, engine->watched, &key, sizeof(key), watched);
	return watched != NULL;
}

const char *engine_boot_id(const struct engine *engine)
{
	return engine->boot_id;
}

uint64_t engine_next_token(const struct engine *engine)
{
	return engine->next_token;
}

uint64_t engine_tokens_below(const struct engine *engine)
{
	return engine->tokens_below;
}

/*
 * engine_check(): what must hold between any two events. Debug builds and the model test
 * call it after each step; a violation aborts with the words of the invariant.
 */
#include "engine/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOLDS(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "engine_check: not so: %s (%s:%d)\n", #condition,          \
				__FILE__, __LINE__);                                               \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static void check_slot(const struct engine *engine, const struct slot *slot)
{
	const struct lease *lease = &slot->lease;
	HOLDS(lease->token >= TOKEN_FIRST && lease->token < engine->next_token);
	HOLDS(engine_find_token(engine, lease->token) == lease);
	HOLDS(lease->handle == 0 || engine_find_handle(engine, lease->handle) == lease);
	HOLDS((lease->ttl_ms == 0) == (lease->deadline_ns == LEASE_NEVER));
	HOLDS((slot->bond != NULL) == (lease_is_bound(lease) || slot->is_lost));
	HOLDS((slot->bond && slot->bond->is_bereaved) == slot_is_bereaved(slot));
	HOLDS(slot->expiry.key_ns == slot_expiry_ns(engine, slot));
	HOLDS(!lease->is_foreign || !lease_is_bound(lease));
	HOLDS((slot->expiry.at == HEAP_NOWHERE) == (slot->expiry.key_ns == LEASE_NEVER));
	HOLDS((slot->bond && slot->bond->to_process.watched) ==
	      (lease->process.pid != 0 && !slot->process_is_dead));
	HOLDS(!lease->is_freeze || !lease_is_bound(lease));
}

static void check_table(const struct engine *engine, bool is_freeze)
{
	const struct table *table = &engine->tables[is_freeze];
	size_t repos = 0;
	const struct slot *slot = NULL;
	size_t slots = 0;
	for (; (slot = table_next(table, slot)); slots++) {
		HOLDS(slot->lease.is_freeze == is_freeze);
		HOLDS(table_find(table, slot->lease.name) == slot);
		repos += slot->lease.kind == RESOURCE_REPO;
		check_slot(engine, slot);
	}
	HOLDS(slots == engine->counts[is_freeze] && slots == table->by_name.len);
	HOLDS(repos == table->repos);
}

static void check_heap(const struct heap *heap)
{
	for (size_t i = 0; i < heap->len; i++) {
		HOLDS(heap->items[i]->at == i);
		HOLDS(i == 0 || heap->items[(i - 1) / 2]->key_ns <= heap->items[i]->key_ns);
	}
}

static void check_waitq(const struct waitq *waitq)
{
	size_t waiters = 0;
	for (const struct queue *queue = waitq->by_name; queue; queue = queue->hh.next) {
		HOLDS(queue->first != NULL);
		for (const struct waiter *w = queue->first; w; w = w->next, waiters++)
			HOLDS(w->queue == queue && waitq_find(waitq, w->id) == w);
	}
	HOLDS(waiters == waitq->by_id.len);
	check_heap(&waitq->timeouts);
}

void engine_check(const struct engine *engine)
{
	check_table(engine, false);
	check_table(engine, true);
	check_heap(&engine->expiries);
	check_waitq(&engine->waitq);
	HOLDS(engine->by_token.len == engine->counts[0] + engine->counts[1]);
}

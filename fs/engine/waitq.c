/*
 * See waitq.h. A name is a FIFO: only its first waiter may go. Shared ones are also chained in
 * order of arrival, because they may wait for one another, and their queues by kind, so that a
 * change is looked at by those only that it overlaps.
 */
#include "engine/waitq.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

static void waiter_free(struct waiter *waiter)
{
	claim_release(&waiter->claim);
	free(waiter);
}

struct queue *waitq_queue(const struct waitq *waitq, const char *name)
{
	struct queue *queue;
	HASH_FIND_STR(waitq->by_name, name, queue);
	return queue;
}

struct waiter *waitq_find(const struct waitq *waitq, uint64_t id)
{
	struct waiter *waiter;
	HASH_FIND(hh, waitq->by_id, &id, sizeof(id), waiter);
	return waiter;
}

static struct queue *get_queue(struct waitq *waitq, const struct resource *resource)
{
	struct queue *queue = waitq_queue(waitq, resource->name);
	if (queue)
		return queue;
	queue = calloc(1, sizeof(*queue));
	if (!queue)
		return NULL;
	strcpy(queue->name, resource->name);
	HASH_ADD_STR(waitq->by_name, name, queue);
	if (!queue->hh.tbl) {
		free(queue);
		return NULL;
	}
	if (resource_is_shared(resource))
		DL_APPEND2(waitq->kinds[resource->kind], queue, kind_prev, kind_next);
	return queue;
}

static void drop_empty_queue(struct waitq *waitq, struct queue *queue,
			     const struct resource *resource)
{
	if (queue->first)
		return;
	waitq_settled(waitq, queue);
	if (resource_is_shared(resource))
		DL_DELETE2(waitq->kinds[resource->kind], queue, kind_prev, kind_next);
	HASH_DELETE(hh, waitq->by_name, queue);
	free(queue);
}

static struct waiter *waiter_new(const struct request *claim)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));
	if (!waiter)
		return NULL;
	waiter->timeout.at = HEAP_NOWHERE;
	if (claim_take(&waiter->claim, claim, waiter->lock_id))
		return waiter;
	waiter_free(waiter);
	return NULL;
}

int waitq_add(struct waitq *waitq, const struct request *claim)
{
	if (heap_reserve(&waitq->timeouts, HASH_COUNT(waitq->by_id) + 1) < 0)
		return -ENOMEM;
	struct waiter *waiter = waiter_new(claim);
	if (!waiter)
		return -ENOMEM;
	waiter->queue = get_queue(waitq, &claim->resource);
	if (!waiter->queue) {
		waiter_free(waiter);
		return -ENOMEM;
	}
	HASH_ADD(hh, waitq->by_id, claim.waiter, sizeof(uint64_t), waiter);
	if (!waiter->hh.tbl) {
		drop_empty_queue(waitq, waiter->queue, &claim->resource);
		waiter_free(waiter);
		return -ENOMEM;
	}
	DL_APPEND(waiter->queue->first, waiter);
	if (resource_is_shared(&claim->resource))
		DL_APPEND2(waitq->shared, waiter, shared_prev, shared_next);
	heap_set(&waitq->timeouts, &waiter->timeout, claim->wait_until_ns);
	return 0;
}

static void take_out(struct waitq *waitq, struct waiter *waiter)
{
	const struct resource *resource = &waiter->claim.resource;
	heap_set(&waitq->timeouts, &waiter->timeout, INT64_MAX);
	HASH_DELETE(hh, waitq->by_id, waiter);
	DL_DELETE(waiter->queue->first, waiter);
	if (resource_is_shared(resource))
		DL_DELETE2(waitq->shared, waiter, shared_prev, shared_next);
	drop_empty_queue(waitq, waiter->queue, resource);
	waiter_free(waiter);
}

void waitq_release(struct waitq *waitq)
{
	struct waiter *waiter, *next;
	HASH_ITER (hh, waitq->by_id, waiter, next)
		take_out(waitq, waiter);
	heap_release(&waitq->timeouts);
	*waitq = (struct waitq){0};
}

void waitq_remove(struct waitq *waitq, struct waiter *waiter)
{
	waitq_touch(waitq, waiter->claim.resource.kind, waiter->claim.resource.name);
	take_out(waitq, waiter);
}

static void mark_ready(struct waitq *waitq, struct queue *queue)
{
	if (queue->is_ready)
		return;
	queue->is_ready = true;
	DL_APPEND(waitq->ready, queue);
}

static void touch_kind(struct waitq *waitq, enum resource_kind kind, const char *name)
{
	for (struct queue *queue = waitq->kinds[kind]; queue; queue = queue->kind_next)
		if (resource_names_overlap(queue->name, name))
			mark_ready(waitq, queue);
}

void waitq_touch(struct waitq *waitq, enum resource_kind kind, const char *name)
{
	bool is_repo = kind == RESOURCE_REPO;
	struct queue *queue = waitq_queue(waitq, name);
	if (queue)
		mark_ready(waitq, queue);
	if (kind == RESOURCE_PLAIN)
		return;
	touch_kind(waitq, RESOURCE_REPO, name);
	if (is_repo || kind == RESOURCE_PATH)
		touch_kind(waitq, RESOURCE_PATH, name);
	if (is_repo)
		touch_kind(waitq, RESOURCE_SHARED, name);
}

void waitq_settled(struct waitq *waitq, struct queue *queue)
{
	if (!queue->is_ready)
		return;
	queue->is_ready = false;
	DL_DELETE(waitq->ready, queue);
}

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
	party_unref(waiter->party);
	free(waiter->note);
	free(waiter->agent_id);
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
	struct index_link *link = index_find(&waitq->by_id, id);
	return link ? container_of(link, struct waiter, by_id) : NULL;
}

static struct queue *get_queue(struct waitq *waitq, const struct resource *resource)
{
	struct queue *queue = waitq_queue(waitq, resource->name);
	if (queue)
		return queue;
	queue = calloc(1, sizeof(*queue));
	if (!queue)
		return NULL;
	queue->resource = *resource;
	HASH_ADD_STR(waitq->by_name, resource.name, queue);
	if (!queue->hh.tbl) {
		free(queue);
		return NULL;
	}
	if (resource_is_shared(resource))
		DL_APPEND2(waitq->kinds[resource->kind], queue, kind_prev, kind_next);
	return queue;
}

static void drop_empty_queue(struct waitq *waitq, struct queue *queue)
{
	if (queue->first)
		return;
	waitq_settled(waitq, queue);
	if (resource_is_shared(&queue->resource))
		DL_DELETE2(waitq->kinds[queue->resource.kind], queue, kind_prev, kind_next);
	HASH_DELETE(hh, waitq->by_name, queue);
	free(queue);
}

static struct waiter *waiter_new(const struct request *claim)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));
	if (!waiter)
		return NULL;
	*waiter = (struct waiter){
		.timeout.at = HEAP_NOWHERE,
		.party = party_ref(claim->party),
		.note = claim->note ? strdup(claim->note) : NULL,
		.agent_id = claim->agent_id ? strdup(claim->agent_id) : NULL,
		.holder = claim->holder,
		.process = claim->process,
		.id = claim->waiter,
		.handle = claim->handle,
		.asker = claim->asker,
		.ttl_ms = claim->ttl_ms,
		.waits_since_ns = claim->waits_since_ns,
		.tell_within_ns = claim->tell_within_ns,
		.has_ttl = claim->has_ttl,
		.ttl_is_explicit = claim->ttl_is_explicit,
	};
	if (claim->new_lock_id)
		memcpy(waiter->lock_id, claim->new_lock_id, LOCK_ID_LEN);
	if (!(claim->note && !waiter->note) && !(claim->agent_id && !waiter->agent_id))
		return waiter;
	waiter_free(waiter);
	return NULL;
}

struct request waiter_claim(const struct waiter *waiter)
{
	return (struct request){
		.op = OP_ACQUIRE,
		.resource = waiter->queue->resource,
		.party = waiter->party,
		.has_ttl = waiter->has_ttl,
		.ttl_ms = waiter->ttl_ms,
		.ttl_is_explicit = waiter->ttl_is_explicit,
		.holder = waiter->holder,
		.process = waiter->process,
		.handle = waiter->handle,
		.note = waiter->note,
		.agent_id = waiter->agent_id,
		.new_lock_id = waiter->lock_id,
		.waiter = waiter->id,
		.wait_until_ns = waiter->timeout.key_ns,
		.waits_since_ns = waiter->waits_since_ns,
		.asker = waiter->asker,
		.tell_within_ns = waiter->tell_within_ns,
	};
}

int waitq_add(struct waitq *waitq, const struct request *claim)
{
	if (heap_reserve(&waitq->timeouts, waitq->by_id.len + 1) < 0)
		return -ENOMEM;
	struct waiter *waiter = waiter_new(claim);
	if (!waiter)
		return -ENOMEM;
	waiter->queue = get_queue(waitq, &claim->resource);
	if (!waiter->queue) {
		waiter_free(waiter);
		return -ENOMEM;
	}
	if (index_add(&waitq->by_id, &waiter->by_id, claim->waiter) < 0) {
		drop_empty_queue(waitq, waiter->queue);
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
	heap_set(&waitq->timeouts, &waiter->timeout, INT64_MAX);
	index_remove(&waitq->by_id, &waiter->by_id);
	DL_DELETE(waiter->queue->first, waiter);
	if (resource_is_shared(&waiter->queue->resource))
		DL_DELETE2(waitq->shared, waiter, shared_prev, shared_next);
	drop_empty_queue(waitq, waiter->queue);
	waiter_free(waiter);
}

void waitq_release(struct waitq *waitq)
{
	while (waitq->by_name)
		take_out(waitq, waitq->by_name->first);
	heap_release(&waitq->timeouts);
	index_release(&waitq->by_id);
	*waitq = (struct waitq){0};
}

void waitq_remove(struct waitq *waitq, struct waiter *waiter)
{
	waitq_touch(waitq, waiter->queue->resource.kind, waiter->queue->resource.name);
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
		if (resource_names_overlap(queue->resource.name, name))
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

/*
 * The one wait queue, in order of arrival, with an index by name. It files waiters and
 * says whose turn could have come; whether it has is due.c's to judge.
 */
#ifndef ENGINE_WAITQ_H
#define ENGINE_WAITQ_H

#include "engine/engine.h"
#include "engine/heap.h"
#include "engine/table.h"

/* Waiters for one resource, first to last. */
struct queue {
	UT_hash_handle hh;
	struct waiter *first;
	bool is_ready;		   /* something changed: its first waiter is worth a look */
	struct queue *prev, *next; /* in the list of ready queues */
	struct queue *kind_prev, *kind_next; /* in the list of its kind, of shared resources */
	struct resource resource;
};

/*
 * What a parked claim has that others have not: a struct request would be as large again, and of
 * waiters there may be ten thousand.
 */
struct waiter {
	struct index_link by_id;
	struct queue *queue;
	struct waiter *prev, *next;		  /* within the queue */
	struct waiter *shared_prev, *shared_next; /* arrival order of shared resources */
	struct heap_item timeout;
	struct party *party;   /* a reference */
	char *note, *agent_id; /* or NULL */
	struct process holder, process;
	uint64_t id, handle, asker;
	int64_t ttl_ms, waits_since_ns, tell_within_ns;
	bool has_ttl, ttl_is_explicit;
	char lock_id[LOCK_ID_LEN + 1];
};

struct waitq {
	struct index by_id;
	struct queue *by_name;
	struct queue *ready;
	struct queue *kinds[RESOURCE_REPO + 1]; /* queues of shared resources, by kind */
	struct waiter *shared;
	struct heap timeouts;
};

void waitq_release(struct waitq *waitq);

/* Copies the claim, an OP_ACQUIRE. 0 or -ENOMEM, with nothing changed. */
int waitq_add(struct waitq *waitq, const struct request *claim);
void waitq_remove(struct waitq *waitq, struct waiter *waiter);
struct waiter *waitq_find(const struct waitq *waitq, uint64_t id);

/* The claim again; strings and party are the waiter's. */
struct request waiter_claim(const struct waiter *waiter);

struct queue *waitq_queue(const struct waitq *waitq, const char *name);

/* The resource has become free, frozen, or lost a waiter: have its waiters looked at. */
void waitq_touch(struct waitq *waitq, enum resource_kind kind, const char *name);
void waitq_settled(struct waitq *waitq, struct queue *queue);

#endif

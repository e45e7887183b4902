/*
 * The one wait queue, in order of arrival, with an index by name. It files waiters and
 * says whose turn could have come; whether it has is due.c's to judge.
 */
#ifndef ENGINE_WAITQ_H
#define ENGINE_WAITQ_H

#include "engine/engine.h"
#include "engine/heap.h"
#include "engine/table.h"

/* Waiters for one name, first to last. */
struct queue {
	UT_hash_handle hh;
	struct waiter *first;
	bool is_ready;		   /* something changed: its first waiter is worth a look */
	struct queue *prev, *next; /* in the list of ready queues */
	struct queue *kind_prev, *kind_next; /* in the list of its kind, of shared resources */
	char name[RESOURCE_NAME_MAX + 1];
};

struct waiter {
	struct request claim; /* its strings and party are the waiter's own */
	char lock_id[LOCK_ID_LEN + 1];
	struct heap_item timeout;
	UT_hash_handle hh; /* by claim.waiter */
	struct queue *queue;
	struct waiter *prev, *next;		  /* within the queue */
	struct waiter *shared_prev, *shared_next; /* arrival order of shared resources */
};

/*
 * Makes *own a copy of the claim with its own party, strings and lock id (kept in lock_id). False
 * when memory is out; *own can be released either way.
 */
bool claim_take(struct request *own, const struct request *claim, char lock_id[LOCK_ID_LEN + 1]);
void claim_release(struct request *own);

struct waitq {
	struct waiter *by_id;
	struct queue *by_name;
	struct queue *ready;
	struct queue *kinds[RESOURCE_REPO + 1]; /* queues of shared resources, by kind */
	struct waiter *shared;
	struct heap timeouts;
};

void waitq_release(struct waitq *waitq);

/* Copies the claim. 0 or -ENOMEM, with nothing changed. */
int waitq_add(struct waitq *waitq, const struct request *claim);
void waitq_remove(struct waitq *waitq, struct waiter *waiter);
struct waiter *waitq_find(const struct waitq *waitq, uint64_t id);
struct queue *waitq_queue(const struct waitq *waitq, const char *name);

/* The resource has become free, frozen, or lost a waiter: have its waiters looked at. */
void waitq_touch(struct waitq *waitq, enum resource_kind kind, const char *name);
void waitq_settled(struct waitq *waitq, struct queue *queue);

#endif

/*
 * Leases (or freezes) by name, and which of them overlap a resource. Slots are made
 * and freed by the engine; this file only files them.
 */
#ifndef ENGINE_TABLE_H
#define ENGINE_TABLE_H

/* uthash without exit(): an element that could not be added shows by its handle. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "engine/heap.h"
#include "engine/index.h"
#include "lokt/lease.h"

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

/* A process that slots hang on, and where they are chained to it. */
struct watched;

struct tie {
	struct watched *watched; /* NULL: not tied */
	struct slot *slot;
	struct tie *prev, *next;
};

/* What only a slot has whose lease is bound, or was to what went with a mount or a boot. */
struct bond {
	struct slot *slot;
	struct index_link by_handle; /* while lease.handle is not 0 */
	struct tie to_process;	     /* to lease.process */
	struct tie to_setter;	     /* to lease.ttl_setter */
	bool is_bereaved;	     /* in the engine's list of those a death has touched */
	struct bond *prev, *next;
};

/*
 * A lease in the engine. The lease is first, so that a const struct lease * handed out
 * leads back to its slot. There may be a million: what few of them need is in the bond.
 */
struct slot {
	struct lease lease;
	struct index_link by_name; /* its hash */
	struct index_link by_token;
	struct heap_item expiry;  /* when the TTL ends it by itself */
	unsigned living;	  /* chain index before which all are known dead */
	bool process_is_dead;	  /* lease.process has ended */
	bool setter_is_dead;	  /* lease.ttl_setter has ended */
	bool is_lost;		  /* what it was bound to went with a mount or a boot */
	struct bond *bond;	  /* or NULL */
	struct slot *prev, *next; /* in the table's list of its kind */
	char name[];		  /* lease.name */
};

struct table {
	struct index by_name;
	struct slot *kinds[RESOURCE_REPO + 1]; /* every slot, by kind, as they were added */
	size_t repos;			       /* of them, repo: */
	struct dir *dirs; /* path: prefixes that lie above some slot, counted */
};

void table_release(struct table *table); /* the slots are not freed */

/* 0 or -ENOMEM, with nothing changed. The name must be free. */
int table_add(struct table *table, struct slot *slot);
void table_remove(struct table *table, struct slot *slot);

struct slot *table_find(const struct table *table, const char *name);

/* All, kind after kind; NULL begins and ends. */
struct slot *table_next(const struct table *table, const struct slot *previous);

/*
 * Slots whose resource overlaps this one but is not equal to it: the first one behind
 * previous (NULL begins). Costs the depth of the path, and a walk over all path: slots only
 * where something is held below it.
 */
struct slot *table_next_overlap(const struct table *table, const struct resource *resource,
				const struct slot *previous);

#endif

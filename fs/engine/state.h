/*
 * What the engine's own files share: the engine itself and its small questions. Nobody
 * outside fs/engine includes this.
 */
#ifndef ENGINE_STATE_H
#define ENGINE_STATE_H

#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "engine/table.h"
#include "engine/waitq.h"

/* uthash compares keys as bytes, so no padding. */
struct process_key {
	int64_t pid;
	int64_t start_ns;
};

struct watched {
	struct process_key key;
	UT_hash_handle hh;
	struct tie *ties;
};

/* Leases that have just ended, by token modulo their number. */
#define ENDED_KEPT 512

struct ended {
	uint64_t token;
	struct resource resource;
};

/* See engine_find_tomb(). In order of arrival. */
struct tomb {
	struct lease lease; /* first, as in a slot */
	int64_t until_wall_ns;
	UT_hash_handle hh; /* by lease.lock_id */
};

#define TOMBS_MAX 16384

/*
 * What a request of this mount has done to which lease: if its answer was not sent, it comes back.
 * A ring: of the requests that many others have overtaken only the claims are known, by their lease.
 */
#define DONE_KEPT 4096

struct engine {
	struct engine_config config;
	struct table tables[2]; /* by is_freeze */
	size_t counts[2];
	struct index by_token;
	struct index by_handle;
	struct heap expiries;
	struct bond *bereaved; /* those that a death has left something to do for */
	struct watched *watched;
	struct waitq waitq;
	struct ended ended[ENDED_KEPT];
	struct done done[DONE_KEPT];
	uint64_t done_count; /* ever */
	struct tomb *tombs;
	struct party *last_party; /* of the latest record: the next one is often the same */
	uint64_t next_token;
	uint64_t tokens_below;
	char boot_id[40];
	uint64_t mount;
	int64_t wall_offset_ns; /* wall − monotonic clock, as the leases' expiries assume */
};

static inline struct slot *slot_of(const struct lease *lease)
{
	return (struct slot *)lease;
}

static inline struct slot *find_slot(const struct engine *engine, bool is_freeze, const char *name)
{
	return table_find(&engine->tables[is_freeze], name);
}

/* Its lease's strings and party; the name stays, being the slot's own. */
void slot_clear(struct slot *slot);
void slot_free(struct slot *slot);

/* Leases, then freezes; NULL begins and ends. */
struct slot *next_slot(const struct engine *engine, const struct slot *previous);

/*
 * A bound lease has only a TTL that was asked for, and only while who asked lives: takes any
 * other off. The binding ends such a lease.
 */
void lease_drop_idle_ttl(struct lease *lease, bool setter_is_dead);

/* Bound, and nothing is left to hold it; or that, or its explicit TTL has lost its setter. */
bool slot_is_orphan(const struct slot *slot);
bool slot_is_bereaved(const struct slot *slot);

/* When time ends the lease: its TTL, given what it is bound to, or its expiry on the remote. */
int64_t slot_expiry_ns(const struct engine *engine, const struct slot *slot);

/* The lease stands in git too, and is ours. */
bool is_mirrored(const struct engine *engine, const struct lease *lease);

/* Remembers what ended, if refs may still say otherwise. */
void tomb_add(struct engine *engine, const struct event *end, const struct lease *lease);
void tombs_release(struct engine *engine);

/* Notes what the event's request has done; forgets what those of an earlier mount did. */
void done_note(struct engine *engine, const struct event *event);
void done_forget(struct engine *engine);

/* decide's row for OP_IMPORT, OP_PUBLISH and OP_LOSE. */
int decide_share(const struct engine *engine, const struct request *request, struct now now,
		 struct decision *out);

/* Some recorded binding still stands. */
bool slot_is_kept(const struct slot *slot);

/* The lease would be the party's if nobody recorded in it lived: same user, same owner. */
bool is_namesake(const struct lease *lease, const struct party *party);

/* The freeze that forbids claims of the resource; the lease that stands in the way of this party's
 * claim; an earlier waiter (before `self`, NULL: any) that does. */
const struct lease *find_freeze(const struct engine *engine, const struct resource *resource);
const struct lease *find_blocker(const struct engine *engine, const struct resource *resource,
				 const struct party *party);
bool is_behind_waiter(const struct engine *engine, const struct resource *resource,
		      const struct party *party, const struct waiter *self);

/* A lease as the claim asks for it, with this token; NULL when memory is out. */
struct lease *lease_from_claim(const struct engine *engine, const struct request *claim,
			       uint64_t token, struct now now);

/* An event about a copy of the lease. 0 or -ENOMEM. */
int event_about(struct event *event, enum event_kind kind, const struct lease *lease,
		struct now now);

/* The journal has it, and the next start replays it; this process cannot go on without. */
static inline void need_memory(bool has_memory)
{
	if (has_memory)
		return;
	fputs("loktfs: out of memory after the journal was written\n", stderr);
	abort();
}

#endif

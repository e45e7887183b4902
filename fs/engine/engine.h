/*
 * The lease engine: pure state. decide reads and proposes at most one event; apply makes an
 * event true; due says what time, deaths or releases have brought about. No clock, no file, no
 * FUSE, no callback: `now` comes in, events come out, a parked request is a number.
 *
 *   decide(request, now) → verdict + event → (journal) → apply(event)
 *   while (due(now, &due)): journal due.event, apply it, answer due.waiter
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lokt/event.h"
#include "lokt/lease.h"
#include "lokt/verdict.h"

struct engine;

struct engine_config {
	size_t max_leases; /* leases and freezes each */
	int64_t default_ttl_ms;
	bool overlap_is_allowed; /* lock_policy "off": only equal resources conflict */
	uid_t mounter;		 /* may force */
	bool is_mirrored; /* shared leases stand in git too: the wall clock ends them as well */
	bool is_strict;	  /* ours ends where the remote was last known to have it */
	int64_t skew_ns;  /* a foreign lease is believed so long past its expiry */
};

enum op {
	OP_ACQUIRE, /* a claim of a name; bound from the start when handle or process is set */
	OP_FREEZE,
	OP_SET,	     /* options through the creating descriptor: TTL counts from now */
	OP_RENEW,    /* extend, or options through O_APPEND */
	OP_BIND,     /* flock by the very open that created the lease */
	OP_RELEASE,  /* by name: rm, unlock, unfreeze */
	OP_CLOSE,    /* the handle is gone: its binding ends, a process's stays */
	OP_UNLOCK,   /* LOCK_UN: the lease of that handle ends, whatever else holds it */
	OP_WITHDRAW, /* the claim is taken back before its maker was told it holds */
	/* what the refs or the remote say; asked by sharing.h alone */
	OP_IMPORT,  /* a foreign lease appeared or was renewed */
	OP_PUBLISH, /* ours is on the remote now */
	OP_LOSE	    /* a lease ends because its ref did, or stands for another's lease */
};

/* On what ground a release is asked for. */
enum ground {
	GROUND_PARTY, /* the may-release rule */
	GROUND_FORCE, /* the lease's uid, the mounter, root */
	GROUND_STALE  /* as force, and only a stale lease */
};

/*
 * What each op reads, besides op, resource, is_freeze and party:
 *   ACQUIRE, FREEZE  has_ttl ttl_ms ttl_is_explicit holder process handle note agent_id
 *                    new_lock_id waiter (0: refused at once; else parked when in the way)
 *                    wait_until_ns
 *   SET, RENEW       token lock_id has_ttl ttl_ms note agent_id process
 *   BIND             token handle holder
 *   RELEASE          token lock_id ground
 *   CLOSE, UNLOCK    handle (resource and party unused)
 *   WITHDRAW         token
 *   IMPORT           new_lock_id expires_wall_ns is_from_remote
 *   PUBLISH          token expires_wall_ns (0: no longer)
 *   LOSE             token ending reason
 * token 0 and lock_id NULL: whatever lease has the name.
 */
struct request {
	enum op op;
	struct resource resource;
	bool is_freeze;	     /* SET, RENEW, RELEASE, WITHDRAW: in the table of freezes */
	struct party *party; /* borrowed; engine takes references */
	uint64_t token;
	const char *lock_id;
	enum ground ground;
	bool has_ttl;		/* else the default (claims), or the lease's own (renew) */
	int64_t ttl_ms;		/* 0: none */
	bool ttl_is_explicit;	/* claims: the TTL was asked for, not the default */
	struct process holder;	/* "pid" */
	struct process process; /* bind to it; pid 0: no */
	uint64_t handle;
	const char *note;
	const char *agent_id;
	const char *new_lock_id; /* claims: 32 hex digits, fresh */
	uint64_t waiter;
	int64_t wait_until_ns;	/* LEASE_NEVER: no time-out */
	int64_t waits_since_ns; /* in the queue: since when; 0: not known */
	uint64_t asker; /* claims: who is told once the remote has it too; 0: nobody (confirm.h) */
	int64_t tell_within_ns; /* how long that may take; 0: the mount's usual limit */
	int64_t expires_wall_ns;
	bool is_from_remote;	/* IMPORT: the remote shows it, not only a ref of this repository */
	enum event_kind ending; /* RELEASE, FORCE_BREAK, CONFLICT or EXPIRE */
	const char *reason;	/* short word for the audit trail, or NULL */
};

struct decision {
	enum verdict verdict;
	bool has_event;		     /* commit event, then apply it */
	bool is_parked;		     /* call engine_park() with the same request */
	struct event event;	     /* the caller's to clear */
	const struct lease *blocker; /* refusals: the lease in the way, if one is */
};

/* NULL when memory is out. */
struct engine *engine_new(const struct engine_config *config);
void engine_free(struct engine *engine);

/* Verdict and at most one event; changes nothing. 0 or -ENOMEM. */
int engine_decide(const struct engine *engine, const struct request *request, struct now now,
		  struct decision *out);

/*
 * Makes the event true and takes what it needs of it (event->lease becomes NULL). Never fails:
 * when memory is out it aborts the process, whose journal has the event already. Replay goes
 * through here too: an acquire of a name that is still held ends the older lease, an end of what is
 * not there is nothing.
 */
void engine_apply(struct engine *engine, struct event *event);

/* Puts the claim into the queue. 0 or -ENOMEM. */
int engine_park(struct engine *engine, const struct request *request);

/* Takes a waiter out, answered or interrupted; false if it is not in the queue. */
bool engine_unpark(struct engine *engine, uint64_t waiter);

/* What a waiter asked for; strings and party are valid until it leaves the queue. False: none. */
bool engine_waiter_claim(const struct engine *engine, uint64_t waiter, struct request *out);

/* Somebody waits for a shared resource. */
bool engine_has_shared_waiter(const struct engine *engine);

/* A claim with its own strings, party and lock id. NULL when memory is out. */
struct request *engine_copy_claim(const struct request *claim);
void engine_free_claim(struct request *claim); /* NULL is fine */

struct due {
	bool has_event;
	struct event event; /* the caller's to clear */
	uint64_t waiter;    /* to be answered with verdict once the event is committed; 0 none */
	enum verdict verdict;
};

/*
 * The next thing that is due at now: an expiry, a lease whose holders are gone, a waiter
 * to be sent away (time-out, freeze) or granted. False: nothing. Asked again without the event
 * having been applied (or the waiter unparked) it says the same. *out untouched when false.
 * -ENOMEM shows as nothing due.
 */
bool engine_due(struct engine *engine, struct now now, struct due *out);

/* The same of that lease alone: its expiry, or what the death of its holders has brought about. */
bool engine_due_lease(const struct engine *engine, const struct lease *lease, struct now now,
		      struct due *out);

/* When engine_due() may next be true by the clock alone: 0 it is; LEASE_NEVER if never. */
int64_t engine_next_deadline(const struct engine *engine);

/*
 * Facts from outside, monotonic, never journaled: a replay meets them again.
 * observe: the party's recorded processes before index `living` of its chain are dead.
 * died: this process has ended: bindings to it end, explicit TTLs that it set stop counting on
 * bound leases, and the next engine_due() tells what follows.
 */
void engine_observe(struct engine *engine, const struct lease *lease, unsigned living);
void engine_died(struct engine *engine, struct process process);

/* What observe() last said: chain index of the nearest recorded process not known to be dead. */
unsigned engine_living(const struct engine *engine, const struct lease *lease);

/* The wall clock stands elsewhere against the monotonic one than the engine believes: 0, or by
 * how much (over a second), for an EVENT_CLOCK. */
int64_t engine_clock_jump(const struct engine *engine, struct now now);

/* Questions. Pointers are valid until the next apply. */
const struct lease *engine_find(const struct engine *engine, bool is_freeze, const char *name);
const struct lease *engine_find_token(const struct engine *engine, uint64_t token);
const struct lease *engine_find_handle(const struct engine *engine, uint64_t handle);
size_t engine_count(const struct engine *engine, bool is_freeze);
bool engine_is_full(const struct engine *engine, bool is_freeze);

/*
 * The resource of a lease (not a freeze) that ended a short while ago, so that an open that was
 * overtaken by the end can still stand for the name; NULL when that is forgotten.
 */
const struct resource *engine_find_ended(const struct engine *engine, uint64_t token);

/* What a request has done, see engine_find_done(). */
struct done {
	uint64_t req;
	uint64_t token;
	enum event_kind kind;
};

/*
 * The latest change of that class that the request of the present mount made, of the lease with that
 * token (0: of any); false when there was none, or when it was long ago. Survives a replay.
 */
bool engine_find_done(const struct engine *engine, uint64_t req, enum event_class class,
		      uint64_t token, struct done *out);

/* The latest `max` changes, first to last, for a snapshot: *cursor begins 0; false at the end. */
bool engine_next_done(const struct engine *engine, uint64_t max, uint64_t *cursor,
		      struct done *out);

/* The mount of the latest EVENT_START; 0 none. */
uint64_t engine_mount(const struct engine *engine);

/* In token order is not promised. NULL begins; returns NULL at the end. */
const struct lease *engine_next(const struct engine *engine, bool is_freeze,
				const struct lease *previous);

/*
 * The leases (not the equal one) that overlap resource, one a call; previous begins NULL.
 * The door observes these before a claim.
 */
const struct lease *engine_next_overlap(const struct engine *engine,
					const struct resource *resource, bool is_freeze,
					const struct lease *previous);

/*
 * Leases of this ROOT that have ended while is_mirrored, and foreign ones that were broken by
 * force: a ref with that lock id is ours to delete. Known until its expiry and a margin have passed;
 * of very many the oldest are forgotten, and pass for foreign ones then. NULL begins and ends; a
 * lease is valid until the next apply. Survives a replay, as far as it matters.
 */
const struct lease *engine_find_tomb(const struct engine *engine, const char *lock_id);
const struct lease *engine_next_tomb(const struct engine *engine, const struct lease *previous);

/* The may-release rule of design "Who is who", with what was observed. */
bool engine_may_release(const struct engine *engine, const struct lease *lease,
			const struct party *party);

/* No TTL, unbound, no recorded ancestor alive, as far as was observed. */
bool engine_is_stale(const struct engine *engine, const struct lease *lease);

/* Waiters in front of this one that it has to wait for, itself not counted. */
size_t engine_place(const struct engine *engine, uint64_t waiter);

/* The name that it waits for; NULL when it waits no longer. */
const char *engine_waiter_name(const struct engine *engine, uint64_t waiter);

/* The waiters for `name`, first to last: *cursor begins 0 and becomes the waiter; false at the end. */
bool engine_next_waiter(const struct engine *engine, const char *name, uint64_t *cursor,
			const struct party **party);

/*
 * The living processes that matter: leases are bound to them, or their explicit TTL of a bound
 * lease runs while they live. Whoever drives the engine watches them and calls engine_died().
 * A previous with pid 0 begins; pid 0 is the end.
 */
struct process engine_next_watched(const struct engine *engine, struct process previous);
bool engine_is_watched(const struct engine *engine, struct process process);

/* Of the latest EVENT_START; "" before the first. */
const char *engine_boot_id(const struct engine *engine);

uint64_t engine_next_token(const struct engine *engine);
uint64_t engine_tokens_below(const struct engine *engine);

/* Aborts with a message when an invariant does not hold; debug builds call it after each step. */
void engine_check(const struct engine *engine);

#endif

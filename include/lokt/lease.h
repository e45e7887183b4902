/*
 * The lease record: who holds what, since when, until when, and what it is bound
 * to. A freeze is the same record in another table. JSON is lease_json.h's.
 */
#ifndef LOKT_LEASE_H
#define LOKT_LEASE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lokt/duration.h"
#include "lokt/resource.h"

#define LOCK_ID_LEN 32
#define OWNER_MAX 255	   /* bytes: owner, host, agent id, actor */
#define NOTE_MAX 1000	   /* bytes */
#define PARTY_CHAIN_MAX 64 /* the caller and its nearest ancestors; deeper ones are not recorded */
#define LEASE_NEVER INT64_MAX /* deadline_ns of a lease without an expiry */

/* Year 9999, the mtime and nothing else of a lease without an expiry; in seconds. */
#define LEASE_NEVER_MTIME INT64_C(253402300799)

/* Tokens begin here: smaller numbers are inodes of the fixed control files. */
#define TOKEN_FIRST 32

/* A process for good: a recycled pid has another start. pid 0: none. */
struct process {
	pid_t pid;	  /* thread group id */
	int64_t start_ns; /* since boot, from /proc/PID/stat, in the kernel's ticks */
};

static inline bool process_is_equal(struct process a, struct process b)
{
	return a.pid == b.pid && a.start_ns == b.start_ns;
}

/*
 * Who asked: everything that identity read at one request. Shared by the leases
 * made with it, so it is counted and never changed after party_new().
 */
struct party {
	unsigned refs;
	uid_t uid;
	gid_t gid;		/* for stat only; set by whoever makes the party, 0 at first */
	bool owner_is_explicit; /* from LOKT_OWNER */
	bool agent_is_explicit; /* from LOKT_AGENT_ID */
	char *owner;
	char *host;
	char *agent_id;
	char *actor;		/* GRITE_ACTOR, or NULL */
	unsigned chain_len;	/* 0: a caller whose pid we cannot see */
	struct process chain[]; /* the caller, its parent, … */
};

/*
 * Copies the strings (actor may be NULL) and the chain. One reference is the
 * caller's. NULL when memory is out.
 */
struct party *party_new(uid_t uid, const char *owner, bool owner_is_explicit, const char *agent_id,
			bool agent_is_explicit, const char *host, const char *actor,
			const struct process *chain, unsigned chain_len);

/* The same party under another actor; one reference is the caller's. NULL when memory is out. */
struct party *party_with_actor(const struct party *party, const char *actor);

struct party *party_ref(struct party *party);
void party_unref(struct party *party); /* NULL is fine */

/* Nothing tells them apart. */
bool party_is_equal(const struct party *a, const struct party *b);

/* The process is the caller or one of its recorded ancestors. */
bool party_has_process(const struct party *party, struct process process);

/*
 * state      meaning                     valid fields              ends by
 * unbound    a claim by name             handle 0, process.pid 0   TTL, release, force
 * on handle  an open file holds it       handle                    last close, LOCK_UN, force
 * on process a process holds it          process                   its death, force
 * on both    guard's                     handle, process           LOCK_UN, or both gone
 * A bound lease has a TTL only if one was asked for (ttl_is_explicit), and it runs only
 * while ttl_setter lives; the default TTL is dropped when a lease is bound.
 */
struct lease {
	char *name; /* of its resource; there may be a million, so as long as it is and no longer */
	struct party *party; /* one reference is the lease's */
	uint64_t token;
	char lock_id[LOCK_ID_LEN + 1];
	bool is_freeze;
	bool ttl_is_explicit;
	bool is_foreign; /* another machine's, imported: nobody here is a party to it */
	enum resource_kind kind;
	struct process holder; /* "pid": the process that outlives the call */
	char *note;	       /* or NULL */
	char *agent_id;	       /* set by option; NULL: the party's */
	int64_t acquired_wall_ns;
	int64_t ttl_ms;		   /* 0: no TTL */
	int64_t deadline_ns;	   /* CLOCK_MONOTONIC, LEASE_NEVER without TTL */
	int64_t expires_wall_ns;   /* the deadline on the wall clock; 0 without TTL */
	struct process ttl_setter; /* who asked, where ttl_is_explicit */
	int64_t published_wall_ns; /* until when the remote is known to have it; 0: it is not */
	uint64_t handle;	   /* open file it is bound to; 0 none */
	uint64_t made_by; /* the request of this mount that claimed it; 0: of an earlier one */
	struct process process; /* process it is bound to; pid 0 none */
};

static inline bool lease_is_bound(const struct lease *lease)
{
	return lease->handle != 0 || lease->process.pid != 0;
}

static inline bool lease_is_shared(const struct lease *lease)
{
	return lease->kind != RESOURCE_PLAIN;
}

/* A copy of what it is about. */
struct resource lease_resource(const struct lease *lease);
bool lease_is_of(const struct lease *lease, const struct resource *resource);

/* False when memory is out, with nothing changed. */
bool lease_set_resource(struct lease *lease, const struct resource *resource);

static inline const char *lease_agent_id(const struct lease *lease)
{
	return lease->agent_id ? lease->agent_id : lease->party->agent_id;
}

/* A heap copy that shares the party; NULL when memory is out. */
struct lease *lease_copy(const struct lease *lease);

/* Frees the strings and the party's reference, not the struct; safe on zeroes. */
void lease_clear(struct lease *lease);

/* lease_clear() and free(); NULL is fine. */
void lease_free(struct lease *lease);

#endif

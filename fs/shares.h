/*
 * The shared resources and their refs, here and on the remote, as they were last seen: one entry a
 * resource, by the hash that names its ref. Knows and classifies; changes nothing but itself.
 */
#ifndef SHARES_H
#define SHARES_H

#include <uthash.h>

#include "engine/engine.h"
#include "lokt/lockref.h"
#include "reconcile.h"

/* What is to be done about a share; it can be on several lists. */
enum todo {
	TODO_SETTLE,  /* look at the facts again */
	TODO_CONFIRM, /* the remote shows our lease, which is not marked as published */
	TODO_WRITE,   /* the ref of the repository has to follow */
	TODO_ERRAND,  /* the remote has to be told */
	TODO_COUNT
};

struct share_link {
	bool is_in;
	struct share *prev, *next;
};

struct share {
	char hash[LOCKREF_HASH_LEN + 1];
	bool has_resource; /* else only junk was ever seen under this hash */
	struct resource resource;
	struct lockref_seen local, remote; /* version "": absent */
	bool is_remote_known; /* no push under way, or of unknown fate since the last list */
	char mirrored_id[LOCK_ID_LEN + 1];     /* the lease that the local ref was seen with */
	char gone_id[LOCK_ID_LEN + 1];	       /* a foreign lock that the remote no longer has */
	char told[2][LOCKREF_VERSION_MAX + 1]; /* junk that the log has named: here, there */
	unsigned refusals;		       /* in a row, by the remote */
	unsigned losses;		       /* races in a row that others won */
	int64_t retry_at_ns;		       /* not told before then */
	bool is_put;	 /* our lease was put there, and no list has shown it yet */
	bool was_erased; /* by the gc under way */
	struct share_link todo[TODO_COUNT];
	UT_hash_handle hh;
};

struct shares {
	struct share *by_hash;
	struct share *todo[TODO_COUNT];
	size_t todo_len[TODO_COUNT];
	bool is_gc;	      /* what has expired is to be deleted */
	bool is_local_known;  /* the refs were read at least once */
	bool has_remote;      /* there is one to reckon with */
	bool is_remote_known; /* and it was listed at least once */
	int64_t skew_ns;
	int64_t horizon_ms; /* how far ahead a lease without expiry is published */
};

void shares_release(struct shares *shares);

/* The entry, made if need be; NULL when memory is out. */
struct share *shares_get(struct shares *shares, const char *hash);
struct share *shares_get_resource(struct shares *shares, const struct resource *resource);

struct share *shares_find(const struct shares *shares, const char *hash); /* NULL: none */

/* On the list, or off it. */
void shares_put(struct shares *shares, enum todo todo, struct share *share, bool is_in);
void shares_settle_all(struct shares *shares);

/* Takes the first off a list; NULL when it is empty. */
struct share *shares_take(struct shares *shares, enum todo todo);

/* Forgets it if nothing is there any more, in no place. */
void shares_tidy(struct shares *shares, const struct engine *engine, struct share *share);

/* A whole reading of the refs, or of the remote: marks what has changed. 0 or -ENOMEM. */
int shares_take_local(struct shares *shares, const struct lockref_seen *seen, size_t len);
int shares_take_remote(struct shares *shares, const struct lockref_seen *seen, size_t len);

/* All that was known of the remote is forgotten (another one is meant, or none). */
void shares_forget_remote(struct shares *shares);

/* How the resource stands, as of now. The facts point into the share and the engine. */
void shares_facts(const struct shares *shares, const struct share *share,
		  const struct engine *engine, struct now now, struct facts *out);

/* What lock.json should say of our lease; keeps an expiry that still has half its horizon. */
int64_t shares_wanted_expiry_ms(const struct shares *shares, const struct share *share,
				const struct lease *lease, struct now now);

#endif

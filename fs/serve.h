/*
 * The door: every change of state, whatever caused it, goes through here, in a turn
 * that begins with one reading of the clocks. decide → journal → apply → settle.
 */
#ifndef SERVE_H
#define SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "host/identity.h"
#include "lokt/conflict_json.h"
#include "lokt/duration.h"
#include "lokt/request_json.h"
#include "lokt/shared_json.h"

struct journal;
struct holders;
struct refusals;
struct pending;
struct sync_job;
struct cached;

/* A waiter that settle has answered; whoever parked it is told at the end of the turn. */
struct settled {
	uint64_t waiter;
	enum verdict verdict;
	int error;		    /* positive errno: the grant could not be written; else 0 */
	uint64_t token;		    /* of the lease granted */
	uint64_t position;	    /* its record's, for those who await the disk */
	struct sync_report *report; /* of a sync or gc that is done: the taker's to free; or NULL */
};

/* Shared resources whose lease has changed since sharing.h last looked. */
struct touched {
	struct resource *list;
	size_t len;
	size_t cap;
	bool is_all; /* too many to list */
};

/* A process that lived in the turn of at_ns. */
struct seen {
	struct process process;
	int64_t at_ns;
};

#define SERVE_SEEN_MAX 256

#define CONFLICTS_KEPT 32

/* What people ask of the remote side, as sharing.h last knew it. */
struct shared_news {
	struct shared_state state;
	struct conflict conflicts[CONFLICTS_KEPT]; /* a ring; wall_ns 0: unused */
	unsigned next_conflict;
};

struct serve {
	struct engine *engine;
	struct journal *journal;
	struct identity *identity;
	struct holders *holders;
	struct refusals *refusals;
	struct cached *cached; /* what the kernel remembers; NULL: nothing */
	struct now now;	       /* of this turn */
	unsigned slice; /* so many ends are carried out at a time, then others are served; 0: all */
	bool is_behind; /* more are due than were carried out: see settle.h */
	uint64_t unique; /* of the kernel's request that this turn serves; 0 none */
	bool is_return;	 /* an earlier worker may have carried it out: see repeat.h */
	struct seen seen_alive[SERVE_SEEN_MAX]; /* by pid: leases share their living ancestors */
	bool is_durable;	   /* a token must be reserved on the disk before it is given */
	uint64_t tokens_safe;	   /* those below are */
	uint64_t reserve_position; /* journal position that the next ones await; 0 none */
	uint64_t synced;	   /* journal position that the disk is known to have */
	bool has_unwatched;	   /* a process could not be watched: tried again */
	int64_t rewatched_ns;	   /* when it last was */
	bool is_journal_ailing;	   /* the last append failed: said once in the log */
	uint64_t aside;		   /* journal bytes that ending every lease may need */
	struct lease *ended;	   /* what the last request ended; for its answer */
	bool is_mirrored;    /* shared leases stand in git too: sharing.h is told of changes */
	bool is_remote_down; /* it did not answer in time, the last two times at least */
	bool is_strict;	     /* and are told of only once the remote has them */
	bool is_refused_by_foreign; /* a claim met a foreign lease: time to look at the remote */
	int64_t strict_wait_ns;	    /* how long a claim may wait for the remote */
	struct touched touched;
	struct pending *pendings; /* see confirm.h */
	struct sync_job *jobs;	  /* syncs and gcs that were asked for; see syncjob.h */
	struct shared_news news;
	uint64_t ahead_seq;	 /* of its line, when that is held back; 0 it is not */
	struct settled *settled; /* outbox */
	size_t settled_first;
	size_t settled_len;
	size_t settled_cap;
};

struct outcome {
	enum verdict verdict;
	int error; /* positive errno of a failure of the world; then no verdict */
	bool is_parked;
	bool is_repeat;	   /* an earlier worker did it, and may have told the caller */
	uint64_t position; /* journal position to await before telling; 0 none */
	const struct lease
		*lease; /* as it is now, or as it ended, or the one in the way; or NULL */
};

/* Begins a turn: the clocks are `now` until the next; brings the engine up to it. */
void serve_turn(struct serve *serve, struct now now);

/* Whatever is due is carried out, however much: before many leases are looked at. */
void serve_catch_up(struct serve *serve);

/* What is due of that name, or of the lease, is: before it alone is looked at. */
void serve_catch_up_name(struct serve *serve, const char *name);
void serve_catch_up_lease(struct serve *serve, uint64_t token);

/* Decides, writes down and makes true one request. */
struct outcome serve_request(struct serve *serve, const struct request *request);

/*
 * Several requests in one step: nothing is granted between them. Stops behind the first that is
 * refused or fails; its outcome, or the last one's.
 */
struct outcome serve_requests(struct serve *serve, const struct request *const *list, size_t len);

/* The lease was made and its maker is not told yet, because the remote is being asked. */
bool serve_is_unconfirmed(const struct serve *serve, uint64_t token);

/*
 * Asks for a sync (or gc) with a remote ("" the mount's), answered through the outbox under `asker`.
 * VERDICT_OK, or why it cannot be; then *why may say more (static).
 */
enum verdict serve_sync(struct serve *serve, uint64_t asker, const char *remote, bool is_gc,
			int64_t deadline_ns, const char **why);

/* The request that came back has made a change of that class already. */
bool serve_was_done(const struct serve *serve, enum event_class class);

/* A process has ended. */
void serve_died(struct serve *serve, struct process process);

/* A waiter goes away unanswered; false if it was not waiting. */
bool serve_unpark(struct serve *serve, uint64_t waiter);

/* Takes the oldest out of the outbox; false when it is empty. */
bool serve_take_settled(struct serve *serve, struct settled *out);

/* The lease is this party's, as of now. */
bool serve_is_own(struct serve *serve, const struct lease *lease, const struct party *party);

/*
 * What a claim would meet now, without making it: the lease of that name before all else, so that
 * its holder can be asked for under a freeze too. Changes and journals nothing.
 */
struct outcome serve_query(struct serve *serve, const struct request *claim);

/* "alive" when a process behind the lease lives, "dead" when none does, "unknown". */
const char *serve_pid_status(struct serve *serve, const struct lease *lease);

/* When the clock alone makes something due: a monotonic time, LEASE_NEVER for never. */
int64_t serve_next_deadline(const struct serve *serve);

/* Writes a bookkeeping event (start, clock, reserve). 0 or a negative errno. */
int serve_keep_books(struct serve *serve, struct event *event);

/* The journal's file, for reading the audit trail: borrowed, and its size. */
int serve_audit_fd(const struct serve *serve, uint64_t *size);

#endif

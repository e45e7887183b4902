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
#include "lokt/duration.h"

struct journal;
struct holders;
struct refusals;

/* A waiter that settle has answered; whoever parked it is told at the end of the turn. */
struct settled {
	uint64_t waiter;
	enum verdict verdict;
	int error;	   /* positive errno: the grant could not be written; else 0 */
	uint64_t token;	   /* of the lease granted */
	uint64_t position; /* its record's, for those who await the disk */
};

/* A process that lived in the turn of at_ns. */
struct seen {
	struct process process;
	int64_t at_ns;
};

#define SERVE_SEEN_MAX 256

struct serve {
	struct engine *engine;
	struct journal *journal;
	struct identity *identity;
	struct holders *holders;
	struct refusals *refusals;
	struct now now;				/* of this turn */
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
	struct settled *settled;   /* outbox */
	size_t settled_first;
	size_t settled_len;
	size_t settled_cap;
};

struct outcome {
	enum verdict verdict;
	int error; /* positive errno of a failure of the world; then no verdict */
	bool is_parked;
	uint64_t position; /* journal position to await before telling; 0 none */
	const struct lease
		*lease; /* as it is now, or as it ended, or the one in the way; or NULL */
};

/* Begins a turn: the clocks are `now` until the next; brings the engine up to it. */
void serve_turn(struct serve *serve, struct now now);

/* Decides, writes down and makes true one request. */
struct outcome serve_request(struct serve *serve, const struct request *request);

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

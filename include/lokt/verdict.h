/*
 * Every outcome of the game as one row: a word for JSON, a sentence for people,
 * an errno for FUSE, an exit status for each command family. Failures of the
 * world (disk, memory) are negative errnos and are not in here.
 */
#ifndef LOKT_VERDICT_H
#define LOKT_VERDICT_H

enum verdict {
	VERDICT_OK,
	VERDICT_HELD,	       /* a lease (or an earlier waiter) of that name stands in the way */
	VERDICT_CONFLICT,      /* an overlapping resource is another party's */
	VERDICT_BOUND,	       /* bound to an open file or a process: rm does not end it */
	VERDICT_FROZEN,	       /* a freeze covers the resource */
	VERDICT_NOT_OWNER,     /* the caller's party may not do this */
	VERDICT_FORBIDDEN,     /* an operation that this directory does not have */
	VERDICT_NO_LEASE,      /* nothing of that name is held */
	VERDICT_ENDED,	       /* the descriptor's lease, or the lease meant, has ended */
	VERDICT_NOT_STALE,     /* break-stale of a lease that still has someone behind it */
	VERDICT_BAD_NAME,      /* bytes or shape that a resource name may not have */
	VERDICT_NAME_TOO_LONG, /* over RESOURCE_NAME_MAX once encoded */
	VERDICT_BAD_OPTION,    /* TTL, JSON or other option not understood */
	VERDICT_TOO_BIG,       /* an option text over its bound */
	VERDICT_BAD_IDENTITY,  /* LOKT_OWNER and the like hold what they may not */
	VERDICT_IN_PAST,       /* an expiry that has already passed */
	VERDICT_NO_PROCESS,    /* pid names no living process */
	VERDICT_TABLE_FULL,    /* max_leases reached */
	VERDICT_TIMED_OUT,     /* the wait ended before the grant */
	VERDICT_INTERRUPTED,   /* a signal took the waiter out */
	VERDICT_UNREACHABLE,   /* the shared remote did not answer in time */
	VERDICT_UNSUPPORTED,   /* known, but not offered here */
	VERDICT_COUNT
};

struct verdict_row {
	const char *word;     /* in JSON, stable: "held" */
	const char *sentence; /* "is held" in the form: NAME sentence */
	int error;	      /* positive errno, 0 for OK */
	int lokt_exit;	      /* exit status of the lokt family */
	int grite_exit;	      /* exit status of the grite family */
	const char *grite_code;
};

/* The row of a verdict; a value out of range gives a row that says "internal". */
const struct verdict_row *verdict_row(enum verdict verdict);

/* The verdict whose word that is; VERDICT_COUNT if none. */
enum verdict verdict_from_word(const char *word);

#endif

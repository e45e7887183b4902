/*
 * What can happen, and its one-line JSON form: the audit trail that people read and
 * the journal that a start replays are the same lines (docs/formats.md).
 */
#ifndef LOKT_EVENT_H
#define LOKT_EVENT_H

#include <string.h>

#include "lokt/lease.h"
#include "lokt/text.h"

enum event_kind {
	/* whole records: the lease as it is from now on */
	EVENT_ACQUIRE,
	EVENT_GRANT,  /* from the queue */
	EVENT_IMPORT, /* from the remote */
	EVENT_RENEW,  /* TTL, note or agent id of an existing lease or freeze changed */
	EVENT_BIND,   /* what it is bound to changed */
	EVENT_FREEZE,
	EVENT_PUBLISH, /* the remote has it, until published_wall_ns */
	/* ends: name and token of what is no more */
	EVENT_RELEASE,
	EVENT_EXPIRE,
	EVENT_HOLDER_DEAD,
	EVENT_FORCE_BREAK,
	EVENT_STALE_BREAK,
	EVENT_UNFREEZE,
	EVENT_FORCE_UNFREEZE,
	EVENT_CONFLICT, /* revoked: another machine was first */
	/* refusals: change nothing, coalesced, may be lost */
	EVENT_DENY,
	EVENT_FREEZE_DENY,
	/* bookkeeping that replay needs */
	EVENT_START,   /* a daemon began: boot id, how far tokens are reserved */
	EVENT_CLOCK,   /* the wall clock jumped by delta_ns against the monotonic one */
	EVENT_RESERVE, /* tokens below tokens_below may be used */
	EVENT_DONE,    /* in a snapshot: what a request that may come back has done */
	EVENT_COUNT
};

enum event_class { EVENT_RECORDS, EVENT_ENDS, EVENT_REFUSES, EVENT_KEEPS_BOOKS };

enum event_class event_class(enum event_kind kind);
bool event_is_claim(enum event_kind kind);	   /* somebody's: acquire, grant, freeze */
const char *event_word(enum event_kind kind);	   /* "acquire", "holder-dead", … */
enum event_kind event_from_word(const char *word); /* EVENT_COUNT if none */

/*
 * lease is owned by the event. For ends and refusals it describes the lease that
 * ended or the claim that was refused, so that the audit says whose it was; only
 * resource, is_freeze and token matter to a replay.
 */
struct event {
	enum event_kind kind;
	uint64_t seq; /* given by the journal's writer, one up a line, no gaps */
	struct now at;
	struct lease *lease;  /* NULL for bookkeeping */
	enum verdict verdict; /* of a refusal */
	unsigned count;	      /* of a refusal: how many it stands for; else 0 */
	char *reason;	      /* short word in "extra", or NULL: "withdrawn", "closed" */
	int64_t waited_ms;    /* of a grant: how long it was waited for, as far as is known */
	uint64_t waiter;      /* in memory only: the waiter that a grant answers; 0 none */
	uint64_t req;	      /* the kernel's number of the request that caused it; 0 none */
	char boot_id[40];     /* EVENT_START */
	uint64_t mount; /* EVENT_START: which mount, so that its open files are known; 0 none */
	uint64_t tokens_below; /* EVENT_START, EVENT_RESERVE: first token not reserved */
	enum event_kind done;  /* EVENT_DONE: what req did to the lease `token` */
	uint64_t token;	       /* EVENT_DONE */
	int64_t delta_ns;      /* EVENT_CLOCK */
};

/* Frees what the event owns and zeroes it. */
void event_clear(struct event *event);

/*
 * Appends the line, newline included, with its checksum ("crc", CRC-32 of all bytes
 * before ,"crc") as last key. event->seq must be set.
 */
void event_write(struct text *out, const struct event *event);

#define EVENT_CRC_DIGITS 8

/* The digits of the checksum of a sound line that ends, its newline not counted, before `end`. */
static inline const char *event_crc(const char *end)
{
	return end - strlen("\"}") - EVENT_CRC_DIGITS;
}

/*
 * Parses one line (without or with its newline). 0; -EBADMSG when the checksum is
 * wrong or missing; -EINVAL when it is no event; -ENOMEM. *out is the caller's to
 * clear after success, untouched otherwise.
 */
int event_parse(const char *line, size_t len, struct event *out);

#endif

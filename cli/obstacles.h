/*
 * What stands in the way of a claim now, as far as one snapshot and the daemon's word on who
 * owns what can tell. Nothing is claimed and nothing changed to find out.
 */
#ifndef CLI_OBSTACLES_H
#define CLI_OBSTACLES_H

#include "command.h"
#include "lokt/lease_json.h"
#include "lokt/text.h"

enum reason { REASON_FROZEN, REASON_HELD, REASON_SELF_HELD, REASON_STALE, REASON_CONFLICT };

/* More are counted, not kept. */
#define OBSTACLES_MAX 16

struct obstacle {
	enum reason reason;
	struct lease_view lease;
	char *raw;	/* the lease's JSON */
	bool is_own;	/* the caller's party may release it */
	bool is_stale;	/* nobody is behind it any more */
	bool may_force; /* the caller may break it */
};

struct obstacles {
	struct obstacle list[OBSTACLES_MAX];
	size_t len;
	size_t more;
	size_t waiters; /* in the queue for that very name */
};

/* Freezes first. 0 or a negative errno with nothing to release. */
int obstacles_find(const struct call *call, struct obstacles *out);
void obstacles_release(struct obstacles *obstacles);

/* "held", "self-held", … */
const char *reason_word(enum reason reason);

#endif

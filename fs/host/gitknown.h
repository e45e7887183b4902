/*
 * What the commits under lock refs hold, so that each is read once. A commit never changes, so
 * nothing here can be wrong; what no reading sees any more is dropped.
 */
#ifndef HOST_GITKNOWN_H
#define HOST_GITKNOWN_H

#include <stdint.h>

#include "lokt/lockref.h"

struct gitknown {
	struct known *table; /* uthash, private */
	uint64_t generation; /* of the reading that began last */
};

void gitknown_release(struct gitknown *known);

/* A reading begins; what was neither found nor added since then goes at its end. */
void gitknown_begin(struct gitknown *known);
void gitknown_end(struct gitknown *known);

/* Copied, under its hash and version: one commit under two refs is two things. 0 or -ENOMEM. */
int gitknown_add(struct gitknown *known, const struct lockref_seen *seen);

/* NULL when it is not known. Borrowed until the next call of another function. */
const struct lockref_seen *gitknown_find(struct gitknown *known, const char *hash,
					 const char *version);

#endif

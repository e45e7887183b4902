/*
 * Reads all lock refs under one prefix: for-each-ref, then the lock.json of each commit not seen
 * before (its size first, so that nothing large is ever read). One reading at a time.
 */
#ifndef HOST_GITREAD_H
#define HOST_GITREAD_H

#include "host/gitknown.h"
#include "host/gitparse.h"
#include "host/repository.h"
#include "host/spawn.h"
#include "lokt/lockref.h"

struct reading;

struct gitread {
	const struct repository *repository; /* borrowed */
	struct children *children;	     /* borrowed */
	char *prefix;			     /* "refs/grite/locks/" */
	struct lockref_seen *seen;	     /* the last reading, sorted by hash */
	size_t len;
	size_t missing;	       /* refs of the last reading whose commit is not in the repository */
	struct gitknown known; /* what commits hold; kept for what the last reading saw */
	struct reading *reading; /* private: the one under way */
};

int gitread_init(struct gitread *read, const struct repository *repository,
		 struct children *children, const char *prefix); /* 0 or -ENOMEM */

/* What is under way is forgotten; its child is the children's. */
void gitread_release(struct gitread *read);

/*
 * A commit that is known without reading: one that we have just made. Kept until a reading that
 * began later does not see it. 0 or -ENOMEM.
 */
int gitread_know(struct gitread *read, const char *version, const struct lockref *lock);

/* Begins. 0; -EBUSY while one is under way; a negative errno. */
int gitread_start(struct gitread *read, int64_t deadline_ns);

/*
 * The same with a list that came from elsewhere (ls-remote) and that gitread_recall() could not
 * answer: only the commits are read.
 */
int gitread_start_from(struct gitread *read, const struct reflines *lines, int64_t deadline_ns);

/* A reading from this list that needs no process: true, and seen and len are new; else nothing. */
bool gitread_recall(struct gitread *read, const struct reflines *lines);

enum gitread_step { GITREAD_NOT_MINE, GITREAD_GOES_ON, GITREAD_DONE, GITREAD_FAILED };

/*
 * A child has finished: NOT_MINE if it is none of this reading's. GOES_ON: the next was started.
 * DONE: seen and len are new. FAILED: why says so, seen is the old reading. The child is still the
 * caller's to free.
 */
enum gitread_step gitread_continue(struct gitread *read, const struct child *child,
				   char why[REPOSITORY_WHY_MAX]);

#endif

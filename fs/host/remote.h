/*
 * The remote engine: the store outside this machine whose atomic update decides who holds a
 * shared lease. Today that is a git remote (gitremote.c); docs/architecture.md says what another
 * store would map to. One operation at a time, answered by remote_collect(); nothing blocks.
 *
 *   acquire   commit a change from "" (or from an expired version) to a new one
 *   renew     commit a change from our version to a new one
 *   release   commit a change from our version to ""
 *   list      what is there now
 *   watch     a store that can tell of changes gives REMOTE_LISTED unasked; git cannot
 */
#ifndef HOST_REMOTE_H
#define HOST_REMOTE_H

#include "host/repository.h"
#include "lokt/lockref.h"

struct remote;

enum remote_fate {
	REMOTE_DONE,	/* it stands there now, or stood there already */
	REMOTE_LOST,	/* something else stood there: list, and think again */
	REMOTE_REFUSED, /* the store does not take it: why */
	REMOTE_UNKNOWN	/* no answer: it may have happened. list, and think again */
};

struct remote_change {
	char hash[LOCKREF_HASH_LEN + 1];
	char expected[LOCKREF_VERSION_MAX + 1]; /* version that must stand there; "": none */
	char wanted[LOCKREF_VERSION_MAX + 1];	/* the commit that refs_write() made; "": delete */
	struct lockref lock;			/* what is in it, unless deleting */
	enum remote_fate fate;			/* filled in the answer */
	char why[LOCKREF_WHY_MAX];		/* of REFUSED and UNKNOWN */
};

enum remote_event {
	REMOTE_NOTHING,
	REMOTE_LISTED,	  /* seen, len: the store as of a moment after remote_list() was called */
	REMOTE_COMMITTED, /* changes, len, each with its fate */
	REMOTE_FAILED	  /* a list: why. (A commit that failed whole is COMMITTED, all UNKNOWN) */
};

/* Borrowed, until the next call. */
struct remote_result {
	const struct lockref_seen *seen; /* sorted by hash */
	const struct remote_change *changes;
	size_t len;
	char why[REPOSITORY_WHY_MAX];
};

/* A configured remote's name. NULL with errno set. The repository is borrowed. */
struct remote *remote_new(const struct repository *repository, const char *name);
void remote_free(struct remote *remote);

const char *remote_name(const struct remote *remote);
int remote_fd(const struct remote *remote);	      /* readable: collect. For epoll */
int64_t remote_deadline(const struct remote *remote); /* collect by then at the latest */
bool remote_is_busy(const struct remote *remote);

/* Begin; the answer comes before deadline_ns (monotonic). 0; -EBUSY; or a negative errno. */
int remote_list(struct remote *remote, int64_t deadline_ns);

/*
 * Each change by itself: one may be lost and another done. The changes are copied; at least one,
 * one a ref, and lock's resource is the one that hash stands for.
 */
int remote_commit(struct remote *remote, const struct remote_change *changes, size_t len,
		  int64_t deadline_ns);

enum remote_event remote_collect(struct remote *remote, int64_t now_ns, struct remote_result *out);

#endif

/*
 * The lock refs of this repository: what people see with git for-each-ref and change with git
 * update-ref. Reads them all, writes a batch with one git process. One operation at a time.
 */
#ifndef HOST_REFS_H
#define HOST_REFS_H

#include "host/repository.h"
#include "lokt/lockref.h"

struct refs;

struct ref_change {
	char hash[LOCKREF_HASH_LEN + 1];
	bool is_delete;
	struct lockref lock;		       /* what shall stand there, unless is_delete */
	char parent[LOCKREF_VERSION_MAX + 1];  /* the commit there now; "": none, or not sound */
	char version[LOCKREF_VERSION_MAX + 1]; /* filled when written: the new commit, "" deleted */
};

enum refs_event {
	REFS_NOTHING,
	REFS_CHANGED, /* somebody touched the refs (perhaps we): scan when convenient */
	REFS_SCANNED, /* seen, len */
	REFS_WRITTEN, /* changes, len */
	REFS_FAILED   /* why; a write may have been done in part: scan */
};

/* Borrowed, until the next call. */
struct refs_result {
	const struct lockref_seen *seen; /* sorted by hash */
	const struct ref_change *changes;
	size_t len;
	char why[REPOSITORY_WHY_MAX];
};

/* NULL with errno set. The repository is borrowed. */
struct refs *refs_new(const struct repository *repository);
void refs_free(struct refs *refs);

int refs_fd(const struct refs *refs);		/* readable: collect. For epoll */
int64_t refs_deadline(const struct refs *refs); /* collect by then at the latest; monotonic */
bool refs_is_busy(const struct refs *refs);
bool refs_is_watched(const struct refs *refs); /* false: no inotify; scan from time to time */

/*
 * Begin. 0; -EBUSY; or a negative errno. The changes (at least one, one a ref) are copied; the
 * answer has their order. A ref moves only from its parent, or from nothing, and is deleted
 * only while its parent stands there (a delete without one takes whatever is there). A ref that
 * cannot be written fails the batch, but keeps no other from being written. Both end within 30 s.
 */
int refs_scan(struct refs *refs, int64_t now_ns);
int refs_write(struct refs *refs, const struct ref_change *changes, size_t len, int64_t now_wall_ns,
	       int64_t now_ns);

/* The next thing that has happened; to be called until it says NOTHING. */
enum refs_event refs_collect(struct refs *refs, int64_t now_ns, struct refs_result *out);

#endif

/*
 * One helper thread that calls fdatasync, so that the loop never waits for the disk. It
 * touches no state: it is given a descriptor and a position, and says how far it got.
 */
#ifndef HOST_SYNCER_H
#define HOST_SYNCER_H

#include <stdbool.h>
#include <stdint.h>

struct syncer;

/*
 * NULL with errno set. Built with LOKT_TEST_HOOKS only: LOKTFS_TEST_SYNC_FAIL=N makes the Nth
 * fdatasync fail with EIO.
 */
struct syncer *syncer_new(void);
void syncer_free(struct syncer *syncer); /* ends the thread after what it has begun */

/* Readable when there is news for syncer_collect(). */
int syncer_event_fd(const struct syncer *syncer);

/* Everything appended to fd up to position shall reach the disk. Later calls cover earlier ones. */
void syncer_want(struct syncer *syncer, int fd, uint64_t position);

/*
 * fd was rotated away at position: it is synced, then closed. The next syncer_want() names the
 * new one.
 */
void syncer_retire(struct syncer *syncer, int old_fd, uint64_t position);

/* How far the disk has everything. 0, or the first failure as a negative errno, for good. */
int syncer_collect(struct syncer *syncer, uint64_t *position);

#endif

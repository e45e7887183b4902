/*
 * The journal: audit.log in a ROOT, its rotated segments and the snapshot. Lines in,
 * lines out; what they mean is event.h's and the engine's. The disk is awaited by
 * syncer.h, never here, except at start and when a segment is begun.
 *
 *   audit.log                  the segment being written
 *   audit-<20 digits>.log      rotated ones, by the sequence number of their first line
 *   snapshot                   state up to a sequence number: header line, event lines,
 *                              trailer line with count and SHA-256
 *   audit.log.tmp              the next audit.log, until the old one has its segment name
 *   snapshot.PID.tmp           one being written; removed at start
 *
 * A start reads the snapshot, then every line with a higher number. These have no gaps;
 * lines that the snapshot covers may be missing and only have to rise.
 */
#ifndef HOST_JOURNAL_H
#define HOST_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/snapshot.h"
#include "lokt/event.h"

struct journal {
	int dir_fd;	       /* the ROOT, borrowed */
	int fd;		       /* audit.log, O_APPEND */
	uint64_t seq;	       /* of the last line, written or held back */
	uint64_t first_seq;    /* of audit.log's first line; 0 while empty */
	uint64_t position;     /* bytes ever appended in this process: what a sync covers */
	uint64_t size;	       /* of audit.log */
	uint64_t reserved_to;  /* size up to which disk space is allocated; UINT64_MAX: cannot be */
	uint64_t set_aside;    /* bytes that only ends may eat into */
	uint64_t rotate_at;    /* size that asks for a rotation */
	uint64_t keep_bytes;   /* rotated segments kept beyond what replay needs */
	uint64_t snapshot_seq; /* what the newest complete snapshot covers */
	bool is_broken;	       /* a write or sync left what cannot be undone: refuses writes */
	bool is_lazy;	       /* a rotation does not wait for the disk: durability=os */
	struct text lines;     /* held back, and the one being made */
	unsigned held;	       /* so many lines are held back */
};

#define JOURNAL_ROTATE_BYTES (UINT64_C(16) << 20)
#define JOURNAL_KEEP_BYTES (UINT64_C(512) << 20)

/* The longest line that is written or read, newline not counted. */
#define JOURNAL_LINE_MAX (64 * 1024)

/*
 * Reads snapshot and segments in order and gives each event to `apply`, which may take
 * event->lease (set it NULL). A torn last line of audit.log (no newline at the end) is cut off,
 * or ended if nothing but its newline is missing; any other damage (checksum, number out of
 * order, snapshot digest, a file that is gone) is -EBADMSG with *fault filled. apply's negative
 * return stops and is returned. 0 leaves the journal ready to append.
 */
int journal_open(struct journal *journal, int dir_fd,
		 int (*apply)(struct event *event, void *context), void *context,
		 struct journal_fault *fault);
void journal_release(struct journal *journal);

/*
 * `loktfs --repair`: copies every damaged file to NAME.damaged-<unix time> (kept, synced), then
 * rewrites it with the lines that are sound, renumbered where a gap would remain. A damaged
 * snapshot is set aside and the state rebuilt from the segments, or from its own sound lines
 * where the segments do not reach back to the beginning. Where anything was lost, tokens go on
 * from where none can have been given. Tells what it did through *report lines (caller
 * releases). 0 or a negative errno, with nothing changed on failure.
 */
int journal_repair(int dir_fd, struct text *report);

/*
 * Appends the event as one line, behind what is held back and in one write with it; sets
 * event->seq. is_end: may use the space set aside so that releases succeed on a full disk;
 * anything else leaves it whole. 0 or a negative errno, and then nothing was written and what was
 * held back still is.
 */
int journal_append(struct journal *journal, struct event *event, bool is_end);

/*
 * As an append of an end, but the line is held back: the next append or flush writes it. 0 or a
 * negative errno, and then it is not held.
 */
int journal_hold(struct journal *journal, struct event *event);

/*
 * Writes what is held back, with the space set aside. 0, or a negative errno: those lines are lost
 * and their numbers will be given again.
 */
int journal_flush(struct journal *journal);

/*
 * Sees to it that `bytes` more can be written even when the disk fills up (fallocate with
 * KEEP_SIZE in steps of 1 MiB; a file system without it: nothing happens, 0), from now on also
 * behind each append and rotation. -ENOSPC and the like.
 */
int journal_set_aside(struct journal *journal, uint64_t bytes);

/* audit.log has grown past rotate_at. */
bool journal_wants_rotation(const struct journal *journal);

/*
 * Writes what is held back, syncs audit.log, begins a new one with the same space set aside and
 * renames the old one to its segment name. The old descriptor is handed over in *old_fd for a
 * close. On failure nothing has changed; -EAGAIN when audit.log is empty. A failed sync is final:
 * is_broken. When is_lazy nothing is synced, and a power failure soon after may leave a segment for
 * --repair.
 */
int journal_rotate(struct journal *journal, int *old_fd);

#endif

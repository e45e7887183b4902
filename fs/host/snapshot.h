/*
 * The snapshot: the state up to a sequence number, so that a start need not read the whole
 * history.
 *
 *   {"snapshot":2,"seq":N}
 *   event lines, numbered from 1
 *   {"count":N,"sha256":"hex"}     the digest of the first line and of the others' checksums
 *
 * The digest is of what already stands for each line's bytes, because that of all bytes was half of
 * what a start with very many leases took. Version 1, whose digest is of all bytes before the
 * last line, is read.
 */
#ifndef HOST_SNAPSHOT_H
#define HOST_SNAPSHOT_H

#include <stdint.h>

#include "host/disposal.h"
#include "lokt/event.h"

#define SNAPSHOT_VERSION 2

struct journal;

/* What a failed start has to say: which file and line, and why. */
struct journal_fault {
	char file[64];
	uint64_t line; /* 1-based */
	char what[160];
};

/*
 * A snapshot that covers all lines up to `seq`. Runs in a forked child as well as at start: begin
 * makes a temporary file, each event (a whole record or bookkeeping) becomes a line, finish syncs
 * it; publish (parent) renames it, syncs the directory and removes segments no longer needed.
 * abandon removes the temporary file. A finish that fails has abandoned already.
 */
struct snapshot_writer {
	int dir_fd;
	int fd;
	uint64_t seq;
	uint64_t count;
	char name[64];
	void *digest; /* SHA2_CTX, private */
	struct text buffer;
	int error;
};
int snapshot_begin(struct snapshot_writer *writer, int dir_fd, uint64_t seq);
void snapshot_add(struct snapshot_writer *writer, struct event *event); /* sets event->seq */
int snapshot_finish(struct snapshot_writer *writer);			/* first error met, or 0 */

/*
 * The file `name` becomes the snapshot. -EINVAL when seq is not one that may follow the present one:
 * older, or not written yet. What it replaces, the present one and segments, is disposal's, which must
 * not be running.
 */
int snapshot_publish(struct journal *journal, const char *name, uint64_t seq,
		     struct disposal *disposal);
void snapshot_abandon(int dir_fd, const char *name);

/*
 * How large audit.log may grow until the next snapshot: half of what the present one takes, so that
 * writing the whole table again costs each event the same however large the table is; 16 MiB at
 * least.
 */
uint64_t snapshot_pace(int dir_fd);

/*
 * Gives each event to `apply` (as in journal_open) and the snapshot's number to *seq. -ENOENT when
 * there is none; -EBADMSG with *fault filled when it is damaged, and then what was applied is of no
 * use.
 */
int snapshot_read(int dir_fd, int (*apply)(struct event *event, void *context), void *context,
		  uint64_t *seq, struct journal_fault *fault);

/*
 * Repair's reading: gives each event line that is sound by itself to `apply` and counts the
 * others. *seq is what the header says, 0 when it does not.
 */
int snapshot_salvage(int dir_fd, int (*apply)(struct event *event, void *context), void *context,
		     uint64_t *seq, uint64_t *lost);

#endif

/*
 * Reading the journal's files back in order, every line checked; and how damage is told.
 * Changes nothing on the disk.
 */
#ifndef HOST_REPLAY_H
#define HOST_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "host/snapshot.h"

struct replay {
	int (*apply)(struct event *event, void *context);
	void *context;
	struct journal_fault *fault;
	uint64_t snapshot_seq; /* lines up to it are checked, not applied */
	uint64_t seq;	       /* of the last line read; begins as snapshot_seq or less */
	bool is_begun;	       /* a line was read: seq is its number */
};

/* How a file ended. */
struct replay_end {
	uint64_t first_seq; /* 0: no line */
	uint64_t sound_to;  /* bytes that are whole lines */
	uint64_t size;
	bool lacks_newline; /* the rest is a sound line all but for its newline, and was applied */
};

/*
 * Reads one file from its beginning. first: the number its first line must have, 0 for any.
 * may_be_torn: the last file, whose end may be half a line. 0; -EBADMSG with the fault filled;
 * a negative errno.
 */
int replay_file(struct replay *replay, int fd, const char *name, uint64_t first, bool may_be_torn,
		struct replay_end *end);

/* Gives the event to apply, unless the snapshot covers it, and clears it. */
int replay_apply(struct replay *replay, struct event *event, const char *name, uint64_t line);

/* Fills the fault: -EBADMSG. */
int replay_damage(struct replay *replay, const char *file, uint64_t line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Fills the fault for a file that cannot be opened or read: err. */
int replay_unreadable(struct replay *replay, const char *file, int err);

/*
 * What follows the last newline, from offset to the end, is what a write that was cut short
 * leaves: half a line, then perhaps zeroes. 1, 0, or a negative errno.
 */
int replay_is_torn(int fd, uint64_t offset);

#endif

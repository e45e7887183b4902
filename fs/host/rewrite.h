/*
 * Repair's middle part: one journal file read line by line and written anew with what is sound,
 * next to the original. What becomes of both is repair.c's.
 */
#ifndef HOST_REWRITE_H
#define HOST_REWRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "host/segments.h"
#include "lokt/event.h"

/* Carried from file to file. */
struct rewrite {
	int dir_fd;
	struct text *report;
	uint64_t snapshot_seq; /* lines up to it keep their numbers, gaps and all */
	uint64_t old_seq;      /* of the last sound line, as it was numbered */
	uint64_t new_seq;      /* as it is numbered now */
	bool is_begun;	       /* there was a sound line */
	uint64_t dropped;      /* lines dropped since the last sound one */
	uint64_t lost;	       /* records that are gone for good */
	uint64_t tokens_below; /* no token seen was this or more */
};

struct rewritten {
	char name[SEGMENT_NAME_MAX];
	uint64_t first;	    /* number in the name, 0 for audit.log */
	uint64_t new_first; /* number of the first line now; 0: no line is left */
	bool exists;	    /* there is an original */
	bool is_changed;
	bool is_copied; /* the original's copy has been made */
};

/* "NAME.repair", where the new file is. */
void rewrite_name(const struct rewritten *file, char out[SEGMENT_NAME_MAX]);

/* Remembers the tokens that the event shows to be used. */
void rewrite_note(struct rewrite *rewrite, const struct event *event);

/*
 * Writes NAME.repair, synced. is_last: a final line follows that reserves tokens anew if
 * anything was lost. 0 or a negative errno.
 */
int rewrite_file(struct rewrite *rewrite, struct rewritten *file, bool is_last);

#endif

/*
 * The journal's files in a ROOT: what they are called, which rotated segments there are, and
 * how one is opened. What is in them is replay.h's.
 */
#ifndef HOST_SEGMENTS_H
#define HOST_SEGMENTS_H

#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "lokt/layout.h"

#define SEGMENT_NEXT LAYOUT_AUDIT ".tmp" /* audit.log while a rotation is under way */
#define SEGMENT_REPAIR_SUFFIX ".repair"	 /* a file that repair is rewriting */
#define SEGMENT_NAME_MAX 64
#define SEGMENT_MODE 0644

struct segments {
	uint64_t *first; /* numbers in the names, rising */
	size_t count;
};

void segment_name(uint64_t first, char out[SEGMENT_NAME_MAX]);

/* 0 or a negative errno. */
int segments_list(int dir_fd, struct segments *out);
void segments_release(struct segments *segments);

/* Opens a regular file for reading (flags are added): an fd, or a negative errno. */
int segment_open(int dir_fd, const char *name, int flags);

/* Removes temporary files that a crash left behind. */
void segments_sweep(int dir_fd);

/* Writes all of it: 0 or a negative errno. */
int segment_write(int fd, const char *bytes, size_t len);

static inline void segment_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define AUTO_CLOSE __attribute__((cleanup(segment_close)))
#define AUTO_SEGMENTS __attribute__((cleanup(segments_release)))

#endif

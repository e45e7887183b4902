/*
 * The audit trail of a ROOT as one stream of lines, through all its rotated files, read as
 * ordinary files: no daemon is needed. Lines are not understood beyond their first two keys.
 */
#ifndef CLI_TRAIL_H
#define CLI_TRAIL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct trail {
	int dir_fd;	    /* the ROOT */
	int watch_fd;	    /* inotify on it, -1 until trail_watch() */
	int fd;		    /* the file being read; -1: there is none yet */
	uint64_t first_seq; /* of that file */
	bool is_numbered;   /* else it was empty, and first_seq is that of the one before */
	off_t at;	    /* what comes next in it: always the beginning of a line */
	char *buffer;
};

/* 0 or a negative errno; -ENOENT when there is no ROOT. Stands at the beginning. */
int trail_open(struct trail *trail, const char *root);
void trail_close(struct trail *trail);

/* To the first line from that time on, or some lines before it. 0 or a negative errno. */
int trail_seek(struct trail *trail, int64_t wall_ns);

/* Behind the last line. 0 or a negative errno. */
int trail_seek_end(struct trail *trail);

/*
 * Hands out all whole lines that are there, newline included. A non-zero return of visit stops
 * and is returned; else 0 or a negative errno.
 */
int trail_read(struct trail *trail, int (*visit)(const char *line, size_t len, void *context),
	       void *context);

/* From now on trail_wait() notices what is written. 0 or a negative errno. */
int trail_watch(struct trail *trail);

/*
 * Waits until there may be more. 0; -EPIPE when nobody reads stdout any more; -ENOENT when the
 * ROOT has gone; another negative errno.
 */
int trail_wait(struct trail *trail);

/* The wall clock's time that long ago. */
int64_t trail_time_before(int64_t span_ms);

/* When a line was written, or -1. */
int64_t trail_line_time(const char *line, size_t len);

#endif

/*
 * Reads a file line by line through one big buffer, with a bound on the line.
 */
#ifndef HOST_LINES_H
#define HOST_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lines {
	int fd;	    /* borrowed, read from its offset on */
	size_t max; /* longest line, newline not counted */
	char *buffer;
	size_t cap;
	size_t start; /* of what is not handed out yet */
	size_t end;
	bool is_eof;
	uint64_t offset; /* in the file, of the line handed out last */
	uint64_t next;	 /* in the file, of buffer[start] */
	uint64_t number; /* of the line handed out last, 1-based */
};

int lines_init(struct lines *lines, int fd, size_t max); /* 0 or -ENOMEM */
void lines_release(struct lines *lines);

/*
 * 1: *line is a line of *len bytes without its newline, valid until the next call. 0: the end;
 * *line is what follows the last newline, *len 0 when nothing does. -EMSGSIZE: the next line (or
 * what follows the last newline) is longer than max; lines_skip() passes it. Else a negative errno.
 */
int lines_next(struct lines *lines, const char **line, size_t *len);

/* Passes a line that is too long: 1 when it had a newline, 0 at the end, or a negative errno. */
int lines_skip(struct lines *lines);

#endif

/*
 * See lines.h. The buffer holds several lines of the greatest length, so that the move of a
 * begun line to its front is rare.
 */
#include "host/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_MIN ((size_t)256 * 1024)

int lines_init(struct lines *lines, int fd, size_t max)
{
	size_t cap = max * 2 > BUFFER_MIN ? max * 2 : BUFFER_MIN;
	char *buffer = malloc(cap);

	if (!buffer)
		return -ENOMEM;
	*lines = (struct lines){.fd = fd, .max = max, .buffer = buffer, .cap = cap};
	return 0;
}

void lines_release(struct lines *lines)
{
	free(lines->buffer);
	lines->buffer = NULL;
}

static int fill(struct lines *lines)
{
	ssize_t got;

	memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
	lines->end -= lines->start;
	lines->start = 0;
	do
		got = read(lines->fd, lines->buffer + lines->end, lines->cap - lines->end);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	lines->end += (size_t)got;
	lines->is_eof = got == 0;
	return 0;
}

static void pass(struct lines *lines, size_t len)
{
	lines->start += len;
	lines->next += len;
}

/* Bytes up to the next newline, or all there are: *found tells which. */
static size_t span(const struct lines *lines, bool *found)
{
	const char *begin = lines->buffer + lines->start;
	size_t have = lines->end - lines->start;
	const char *newline = memchr(begin, '\n', have);

	*found = newline != NULL;
	return newline ? (size_t)(newline - begin) : have;
}

int lines_next(struct lines *lines, const char **line, size_t *len)
{
	bool found;

	for (;;) {
		size_t bytes = span(lines, &found);
		int err;

		if (bytes > lines->max) {
			lines->offset = lines->next;
			return -EMSGSIZE;
		}
		if (found || lines->is_eof) {
			*line = lines->buffer + lines->start;
			*len = bytes;
			lines->offset = lines->next;
			lines->number += found || bytes;
			pass(lines, bytes + found);
			return found;
		}
		err = fill(lines);
		if (err)
			return err;
	}
}

int lines_skip(struct lines *lines)
{
	bool found;

	lines->number++;
	for (;;) {
		int err;

		pass(lines, span(lines, &found));
		if (found)
			pass(lines, 1);
		if (found || lines->is_eof)
			return found;
		err = fill(lines);
		if (err)
			return err;
	}
}

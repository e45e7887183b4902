/*
 * See segments.h. Names are taken strictly: what does not look exactly like a segment is
 * somebody else's file and is left alone.
 */
#include "host/segments.h"
#include "host/plainfile.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PREFIX "audit-"
#define SUFFIX ".log"
#define DIGITS 20

void segment_name(uint64_t first, char out[SEGMENT_NAME_MAX])
{
	snprintf(out, SEGMENT_NAME_MAX, PREFIX "%0*" PRIu64 SUFFIX, DIGITS, first);
}

static bool number_of(const char *name, uint64_t *first)
{
	char again[SEGMENT_NAME_MAX];
	uint64_t number;

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 || !isdigit(name[strlen(PREFIX)]))
		return false;
	errno = 0;
	number = strtoull(name + strlen(PREFIX), NULL, 10);
	segment_name(number, again);
	if (errno || strcmp(name, again) != 0)
		return false;
	*first = number;
	return true;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static int add(struct segments *segments, uint64_t first)
{
	size_t bytes = (segments->count + 1) * sizeof *segments->first;
	uint64_t *grown = realloc(segments->first, bytes);

	if (!grown)
		return -ENOMEM;
	segments->first = grown;
	segments->first[segments->count++] = first;
	return 0;
}

/* Calls visit for each name in the directory until one returns non-zero. */
static int each_name(int dir_fd, int (*visit)(int dir_fd, const char *name, void *context),
		     void *context)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	int result = 0;
	struct dirent *entry;

	if (!dir) {
		result = -errno;
		segment_close(&fd);
		return result;
	}
	while (!result) {
		errno = 0;
		entry = readdir(dir);
		if (!entry) {
			result = -errno;
			break;
		}
		result = visit(dir_fd, entry->d_name, context);
	}
	closedir(dir);
	return result;
}

static int visit_segment(int dir_fd, const char *name, void *context)
{
	uint64_t first;

	(void)dir_fd;
	return number_of(name, &first) ? add(context, first) : 0;
}

int segments_list(int dir_fd, struct segments *out)
{
	struct segments found = {0};
	int err = each_name(dir_fd, visit_segment, &found);

	if (err) {
		segments_release(&found);
		return err;
	}
	if (found.count)
		qsort(found.first, found.count, sizeof *found.first, compare);
	*out = found;
	return 0;
}

void segments_release(struct segments *segments)
{
	free(segments->first);
	*segments = (struct segments){0};
}

int segment_open(int dir_fd, const char *name, int flags)
{
	return plainfile_open(dir_fd, name, flags, 0);
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t len = strlen(name), tail = strlen(suffix);

	return len > tail && strcmp(name + len - tail, suffix) == 0;
}

static int visit_leftover(int dir_fd, const char *name, void *context)
{
	(void)context;
	if (strncmp(name, "audit", 5) != 0 && strncmp(name, LAYOUT_SNAPSHOT ".", 9) != 0)
		return 0;
	if (ends_with(name, ".tmp") || ends_with(name, SEGMENT_REPAIR_SUFFIX))
		unlinkat(dir_fd, name, 0);
	return 0;
}

void segments_sweep(int dir_fd)
{
	each_name(dir_fd, visit_leftover, NULL);
}

int segment_write(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t put = write(fd, bytes, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		bytes += put;
		len -= (size_t)put;
	}
	return 0;
}

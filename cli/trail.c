/*
 * Files of the trail in their order: audit-<first number>.log rising, then audit.log. What is
 * being read may be rotated at any time; the open file stays the same, and the next one is the
 * one with the next higher first number.
 */
#include "trail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/journal.h"
#include "host/segments.h"
#include "lokt/duration.h"
#include "lokt/layout.h"

#define SEQ_KEY "{\"seq\":"
#define TS_KEY ",\"ts\":\""
#define HEAD_MAX 96 /* number and time of a line are in these bytes */
#define PROBE_BYTES 2048
#define BUFFER_BYTES (2 * JOURNAL_LINE_MAX)

/* The number and the time that a line begins with. */
static bool read_head(const char *line, size_t len, uint64_t *seq, int64_t *wall_ns)
{
	char head[HEAD_MAX + 1];
	char *end;
	size_t span;

	if (len > HEAD_MAX)
		len = HEAD_MAX;
	memcpy(head, line, len);
	head[len] = '\0';
	if (strncmp(head, SEQ_KEY, strlen(SEQ_KEY)) != 0)
		return false;
	errno = 0;
	*seq = strtoull(head + strlen(SEQ_KEY), &end, 10);
	if (errno || strncmp(end, TS_KEY, strlen(TS_KEY)) != 0)
		return false;
	end += strlen(TS_KEY);
	span = strcspn(end, "\"");
	return end[span] == '"' && rfc3339_parse(end, span, wall_ns) == 0;
}

int64_t trail_time_before(int64_t span_ms)
{
	return clock_now().wall_ns - span_ms * NS_PER_MS;
}

int64_t trail_line_time(const char *line, size_t len)
{
	uint64_t seq;
	int64_t wall_ns;

	return read_head(line, len, &seq, &wall_ns) ? wall_ns : -1;
}

/* What a file begins with; false while it is empty, or when it is none of the journal's. */
static bool read_first(int fd, uint64_t *seq, int64_t *wall_ns)
{
	char head[HEAD_MAX];
	ssize_t got = pread(fd, head, sizeof(head), 0);

	return got > 0 && read_head(head, (size_t)got, seq, wall_ns);
}

/* The number is looked for again once the file has lines; until then the last one's stands. */
static void number_file(struct trail *trail)
{
	int64_t wall_ns;

	if (!trail->is_numbered)
		trail->is_numbered = read_first(trail->fd, &trail->first_seq, &wall_ns);
}

static void use_file(struct trail *trail, int fd)
{
	segment_close(&trail->fd);
	trail->fd = fd;
	trail->at = 0;
	trail->is_numbered = false;
	number_file(trail);
}

static int open_segment(const struct trail *trail, uint64_t first)
{
	char name[SEGMENT_NAME_MAX];

	segment_name(first, name);
	return segment_open(trail->dir_fd, name, O_RDONLY);
}

static bool is_same_file(int a, int b)
{
	struct stat left;
	struct stat right;

	return fstat(a, &left) == 0 && fstat(b, &right) == 0 && left.st_dev == right.st_dev &&
	       left.st_ino == right.st_ino;
}

/*
 * The file behind the present one: 1 and it is used, 0 when there is none yet. audit.log is
 * opened before the list is made, so that no rotation between the two can hide a file.
 */
static int use_next(struct trail *trail)
{
	AUTO_CLOSE int newest = segment_open(trail->dir_fd, LAYOUT_AUDIT, O_RDONLY);
	AUTO_SEGMENTS struct segments segments = {0};
	int error =
		newest < 0 && newest != -ENOENT ? newest : segments_list(trail->dir_fd, &segments);

	if (error)
		return error;
	for (size_t i = 0; i < segments.count; i++) {
		int fd;

		if (trail->fd >= 0 && segments.first[i] <= trail->first_seq)
			continue;
		fd = open_segment(trail, segments.first[i]);
		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			return fd;
		use_file(trail, fd);
		return 1;
	}
	if (newest < 0 || (trail->fd >= 0 && is_same_file(newest, trail->fd)))
		return 0;
	use_file(trail, newest);
	newest = -1;
	return 1;
}

int trail_open(struct trail *trail, const char *root)
{
	int error;

	*trail = (struct trail){.dir_fd = -1, .watch_fd = -1, .fd = -1};
	trail->dir_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (trail->dir_fd < 0)
		return -errno;
	trail->buffer = malloc(BUFFER_BYTES);
	error = trail->buffer ? use_next(trail) : -ENOMEM;
	if (error < 0)
		trail_close(trail);
	return error < 0 ? error : 0;
}

void trail_close(struct trail *trail)
{
	segment_close(&trail->dir_fd);
	segment_close(&trail->watch_fd);
	segment_close(&trail->fd);
	free(trail->buffer);
	*trail = (struct trail){.dir_fd = -1, .watch_fd = -1, .fd = -1};
}

/* When the file's first line was written; an unreadable one is taken for too late. */
static int64_t begins_at(int fd)
{
	uint64_t seq;
	int64_t wall_ns;

	return fd >= 0 && read_first(fd, &seq, &wall_ns) ? wall_ns : INT64_MAX;
}

/* Uses the last file that began before that time, or stays with the first. */
static int seek_file(struct trail *trail, int64_t wall_ns)
{
	AUTO_CLOSE int newest = segment_open(trail->dir_fd, LAYOUT_AUDIT, O_RDONLY);
	AUTO_SEGMENTS struct segments segments = {0};
	int error = segments_list(trail->dir_fd, &segments);
	size_t low = 0;
	size_t high = segments.count;

	if (!error && begins_at(newest) < wall_ns) {
		use_file(trail, newest);
		newest = -1;
		return 0;
	}
	while (!error && low < high) {
		size_t middle = low + (high - low) / 2;
		AUTO_CLOSE int fd = open_segment(trail, segments.first[middle]);

		if (begins_at(fd) >= wall_ns) {
			high = middle;
			continue;
		}
		low = middle + 1;
		use_file(trail, fd);
		fd = -1;
	}
	return error;
}

/* The beginning of the first line from `from` on whose time can be read, or -1. */
static off_t find_line(struct trail *trail, off_t from, int64_t *wall_ns)
{
	uint64_t seq;

	for (size_t size = PROBE_BYTES; size <= BUFFER_BYTES; size *= 8) {
		ssize_t got = pread(trail->fd, trail->buffer, size, from);
		char *end = trail->buffer + (got > 0 ? got : 0);
		char *at = trail->buffer;

		while ((at = memchr(at, '\n', (size_t)(end - at)))) {
			at++;
			if (read_head(at, (size_t)(end - at), &seq, wall_ns))
				return from + (at - trail->buffer);
		}
		if (got < (ssize_t)size)
			break;
	}
	return -1;
}

/* Halves the file until what is left is about as much as one look at it. */
static int seek_line(struct trail *trail, int64_t wall_ns)
{
	struct stat file;
	off_t high;

	if (fstat(trail->fd, &file) < 0)
		return -errno;
	high = file.st_size;
	while (high - trail->at > PROBE_BYTES) {
		off_t middle = trail->at + (high - trail->at) / 2;
		int64_t found_ns;
		off_t found = find_line(trail, middle, &found_ns);

		if (found < 0 || found >= high || found_ns >= wall_ns)
			high = middle;
		else
			trail->at = found;
	}
	return 0;
}

int trail_seek(struct trail *trail, int64_t wall_ns)
{
	int error = seek_file(trail, wall_ns);

	if (error || trail->fd < 0 || begins_at(trail->fd) >= wall_ns)
		return error;
	return seek_line(trail, wall_ns);
}

/* Uses audit.log, or while there is none the last file of all. */
static int use_last(struct trail *trail)
{
	AUTO_SEGMENTS struct segments segments = {0};
	int fd = segment_open(trail->dir_fd, LAYOUT_AUDIT, O_RDONLY);
	int error = fd < 0 && fd != -ENOENT ? fd : segments_list(trail->dir_fd, &segments);

	if (!error && segments.count)
		trail->first_seq = segments.first[segments.count - 1];
	if (!error && fd == -ENOENT && segments.count)
		fd = open_segment(trail, trail->first_seq);
	if (error)
		segment_close(&fd);
	else if (fd >= 0)
		use_file(trail, fd);
	return error;
}

int trail_seek_end(struct trail *trail)
{
	struct stat file;
	off_t from;
	ssize_t got;
	char *end;
	int error = use_last(trail);

	if (error || trail->fd < 0)
		return error;
	if (fstat(trail->fd, &file) < 0)
		return -errno;
	from = file.st_size > JOURNAL_LINE_MAX ? file.st_size - JOURNAL_LINE_MAX : 0;
	got = pread(trail->fd, trail->buffer, JOURNAL_LINE_MAX, from);
	end = got > 0 ? memrchr(trail->buffer, '\n', (size_t)got) : NULL;
	trail->at = end ? from + (end + 1 - trail->buffer) : 0;
	return got < 0 ? -errno : 0;
}

/* Whole lines of the present file: 0 at its end. */
static int read_file(struct trail *trail, int (*visit)(const char *line, size_t len, void *context),
		     void *context)
{
	ssize_t got;

	while ((got = pread(trail->fd, trail->buffer, BUFFER_BYTES, trail->at)) > 0) {
		const char *line = trail->buffer;
		const char *end = trail->buffer + got;
		const char *newline;

		while ((newline = memchr(line, '\n', (size_t)(end - line)))) {
			int status = visit(line, (size_t)(newline + 1 - line), context);

			trail->at += newline + 1 - line;
			line = newline + 1;
			if (status)
				return status;
		}
		if (line != trail->buffer)
			continue;
		if (got < BUFFER_BYTES)
			return 0;
		/* longer than any line of the journal: damage, which is not ours to tell */
		trail->at += got;
	}
	return got < 0 ? -errno : 0;
}

int trail_read(struct trail *trail, int (*visit)(const char *line, size_t len, void *context),
	       void *context)
{
	int status;

	do {
		if (trail->fd >= 0) {
			status = read_file(trail, visit, context);
			if (status)
				return status;
			number_file(trail);
		}
		status = use_next(trail);
	} while (status > 0);
	return status;
}

int trail_watch(struct trail *trail)
{
	char path[sizeof("/proc/self/fd/") + 12];

	trail->watch_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (trail->watch_fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", trail->dir_fd);
	return inotify_add_watch(trail->watch_fd, path,
				 IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF) < 0
		       ? -errno
		       : 0;
}

/* Takes what inotify has to say. */
static int drain(const struct trail *trail)
{
	_Alignas(struct inotify_event) char events[4096];
	ssize_t got;

	while ((got = read(trail->watch_fd, events, sizeof(events))) > 0) {
		for (char *at = events; at < events + got;) {
			const struct inotify_event *event = (const void *)at;

			if (event->mask & (IN_DELETE_SELF | IN_IGNORED))
				return -ENOENT;
			at += sizeof(*event) + event->len;
		}
	}
	return got < 0 && errno != EAGAIN && errno != EINTR ? -errno : 0;
}

int trail_wait(struct trail *trail)
{
	struct pollfd ready[] = {{.fd = trail->watch_fd, .events = POLLIN}, {.fd = STDOUT_FILENO}};

	if (poll(ready, 2, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	if (ready[1].revents & (POLLERR | POLLHUP | POLLNVAL))
		return -EPIPE;
	return drain(trail);
}

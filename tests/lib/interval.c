/*
 * The command under a guard whose exclusion is judged: interval DIR LEASE [HOLD_US]. Appends "NAME
 * BEGIN END TOKEN" (monotonic us, the inode number of the file LEASE) to DIR/notes. One of its
 * name that runs already is told in DIR/faults, whether or not that one lives to write its note.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *dir;

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static int open_in_dir(const char *name, int flags)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return open(path, flags | O_CREAT | O_CLOEXEC, 0644);
}

/* A line in one write, so that those of many processes stay whole. */
static int add_line(const char *file, const char *line)
{
	int fd = open_in_dir(file, O_WRONLY | O_APPEND);
	size_t len = strlen(line);

	return fd < 0 || write(fd, line, len) != (ssize_t)len;
}

static int tell(const char *what, const char *name)
{
	char line[512];

	snprintf(line, sizeof(line), "%s %s\n", what, name);
	add_line("faults", line);
	return 1;
}

int main(int argc, char **argv)
{
	struct stat stat_buf;
	char line[512];
	char inside[300];
	const char *name;
	int64_t begin_us;
	int fd;

	if (argc < 3)
		return 64;
	dir = argv[1];
	name = strrchr(argv[2], '/') + 1;
	begin_us = now_us();
	snprintf(inside, sizeof(inside), "inside.%s", name);
	fd = open_in_dir(inside, O_RDWR);
	if (fd < 0)
		return tell("cannot open inside", name);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return tell(errno == EWOULDBLOCK ? "two at once in" : "cannot lock", name);
	if (stat(argv[2], &stat_buf) < 0)
		return tell("not held:", name);
	if (argc > 3)
		usleep((useconds_t)atoi(argv[3]));
	snprintf(line, sizeof(line), "%s %" PRId64 " %" PRId64 " %ju\n", name, begin_us, now_us(),
		 (uintmax_t)stat_buf.st_ino);
	return add_line("notes", line);
}

/*
 * A directory of the fuzz target's own, in memory where the machine has one, for what is read
 * from a file: made at the first use, removed when the program ends.
 */
#ifndef FUZZ_SCRATCH_H
#define FUZZ_SCRATCH_H

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "property.h"

static int scratch_fd = -1;
static char scratch_path[64];

static inline void scratch_remove(void)
{
	DIR *dir = fdopendir(scratch_fd);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		unlinkat(scratch_fd, entry->d_name, 0);
	rmdir(scratch_path);
	if (dir)
		closedir(dir);
}

static inline int scratch_dir(void)
{
	if (scratch_fd >= 0)
		return scratch_fd;
	snprintf(scratch_path, sizeof(scratch_path), "%s/lokt-fuzz.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	PROPERTY(mkdtemp(scratch_path));
	scratch_fd = open(scratch_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	PROPERTY(scratch_fd >= 0);
	atexit(scratch_remove);
	return scratch_fd;
}

/* The file holds these bytes and no others. */
static inline void scratch_write(const char *name, const void *bytes, size_t size)
{
	int fd = openat(scratch_dir(), name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	PROPERTY(fd >= 0);
	PROPERTY(write(fd, bytes, size) == (ssize_t)size);
	close(fd);
}

#endif

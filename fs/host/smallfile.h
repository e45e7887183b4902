/*
 * Reads a small file whole into the caller's memory, and closes descriptors that locals
 * own. For /proc files, git's one-line files and the like; bounded, never blocks on a pipe.
 */
#ifndef HOST_SMALLFILE_H
#define HOST_SMALLFILE_H

#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

static inline void smallfile_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* A local descriptor that is closed when it goes out of scope; -1 is none. */
#define SCOPED_FD __attribute__((cleanup(smallfile_close))) int

/*
 * One read of at most cap - 1 bytes, NUL-terminated; path relative to dir_fd. The length, or a
 * negative errno. cap - 1 says that there may be more.
 */
ssize_t smallfile_read(int dir_fd, const char *path, char *out, size_t cap);

#endif

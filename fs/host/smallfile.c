/*
 * One bounded read of a small file. One read is enough: /proc builds such a file at once,
 * and regular files do not return less than they have.
 */
#include "host/smallfile.h"

#include <errno.h>
#include <fcntl.h>

ssize_t smallfile_read(int dir_fd, const char *path, char *out, size_t cap)
{
	SCOPED_FD fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	ssize_t len;
	do {
		len = read(fd, out, cap - 1);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	out[len] = '\0';
	return len;
}

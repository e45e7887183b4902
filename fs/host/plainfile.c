/* See plainfile.h. */
#include "host/plainfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int plainfile_open(int dir_fd, const char *name, int flags, mode_t mode)
{
	int fd = openat(dir_fd, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode);
	struct stat st;
	int err;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) != 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EINVAL;
	else
		return fd;
	close(fd);
	return err;
}

int plainfile_make(int dir_fd, const char *name, int flags, mode_t mode)
{
	if (unlinkat(dir_fd, name, 0) != 0 && errno != ENOENT)
		return -errno;
	return plainfile_open(dir_fd, name, flags | O_CREAT | O_EXCL, mode);
}

const char *plainfile_why(int error)
{
	switch (-error) {
	case ELOOP:
		return "it is a symbolic link, and none is followed here";
	case EINVAL:
	case EISDIR:
	case ENXIO:
		return "it is not a plain file";
	default:
		return strerror(-error);
	}
}

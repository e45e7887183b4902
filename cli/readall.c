/* See readall.h. */
#include "readall.h"

#include <errno.h>
#include <unistd.h>

int readall(int fd, size_t max, struct text *out)
{
	char buffer[65536];
	ssize_t got;

	/* After ^Z and fg a waiting read comes back empty-handed; what it waits for is kept. */
	while ((got = read(fd, buffer, sizeof(buffer))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		text_add(out, buffer, (size_t)got);
		if (out->failed)
			return -ENOMEM;
		if (out->len > max)
			return -EFBIG;
	}
	return 0;
}

/* See notify.h. */
#include "host/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "host/smallfile.h"

#define READY "READY=1"

int notify_ready(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (!path || !path[0])
		return 0;
	if ((path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof(address.sun_path))
		return -EINVAL;
	strcpy(address.sun_path, path);
	if (path[0] == '@')
		address.sun_path[0] = '\0'; /* not in the file system */
	SCOPED_FD fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	ssize_t sent = sendto(fd, READY, strlen(READY), MSG_NOSIGNAL,
			      (const struct sockaddr *)&address, len);
	return sent < 0 ? -errno : 0;
}

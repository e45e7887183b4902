/* See handing.h. A pair of sockets that keep messages apart. */
#include "handing.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
	char bytes[CMSG_SPACE(HANDING_MAX * sizeof(int))];
	struct cmsghdr aligned;
};

int handing_open(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ? -errno : 0;
}

int handing_send(int fd, const void *words, size_t len, const int *fds, size_t fds_len)
{
	struct iovec part = {.iov_base = (void *)words, .iov_len = len};
	union control control = {0};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t put;

	if (fds_len) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(fds_len * sizeof(int));
		*CMSG_FIRSTHDR(&message) =
			(struct cmsghdr){.cmsg_level = SOL_SOCKET,
					 .cmsg_type = SCM_RIGHTS,
					 .cmsg_len = CMSG_LEN(fds_len * sizeof(int))};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), fds, fds_len * sizeof(int));
	}
	do {
		put = sendmsg(fd, &message, MSG_NOSIGNAL);
	} while (put < 0 && errno == EINTR);
	if (put < 0)
		return -errno;
	return (size_t)put == len ? 0 : -EIO;
}

static int take_descriptors(struct msghdr *message, int *fds, size_t fds_len)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);

	if (!fds_len)
		return 0;
	if (!header || message->msg_flags & MSG_CTRUNC ||
	    header->cmsg_len != CMSG_LEN(fds_len * sizeof(int)))
		return -EMFILE;
	memcpy(fds, CMSG_DATA(header), fds_len * sizeof(int));
	return 0;
}

int handing_receive(int fd, void *words, size_t len, int *fds, size_t fds_len)
{
	struct iovec part = {.iov_base = words, .iov_len = len};
	union control control = {0};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	ssize_t got;

	do {
		got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	if (got == 0)
		return -EPIPE;
	return (size_t)got == len ? take_descriptors(&message, fds, fds_len) : -EIO;
}

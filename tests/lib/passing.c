/*
 * A descriptor that holds a lease and is sent through a socket (SCM_RIGHTS) holds it on its way and
 * with whoever has received it, whatever becomes of its sender: passing HOW FILE. Status 1 when not.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 60000
#define LOOK_US 50000

static const char *lock_path;

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr aligned;
};

static void die(const char *what)
{
	fprintf(stderr, "passing: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static int open_lock(void)
{
	int fd = open(lock_path, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		die(lock_path);
	return fd;
}

static int take_lock(void)
{
	int fd = open_lock();

	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		die("the name is not free");
	return fd;
}

static void open_sockets(int ends[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		die("socketpair");
}

static void send_descriptor(int socket, int fd)
{
	union control control = {0};
	struct iovec byte = {.iov_base = "", .iov_len = 1};
	struct msghdr message = {.msg_iov = &byte,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(socket, &message, 0) != 1)
		die("sendmsg");
}

static int receive_descriptor(int socket)
{
	union control control;
	char c;
	struct iovec byte = {.iov_base = &c, .iov_len = 1};
	struct msghdr message = {.msg_iov = &byte,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	int fd;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&message))
		die("recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void expect_free(const char *when)
{
	/* the last close is told to the file system a little later */
	for (int64_t until = now_us() + 1000000; now_us() < until; usleep(1000)) {
		if (access(lock_path, F_OK) < 0 && errno == ENOENT)
			return;
	}
	fprintf(stderr, "passing: %s it is still held\n", when);
	exit(1);
}

static void expect_held(const char *when)
{
	int other = open_lock();

	for (int64_t until = now_us() + LOOK_US; now_us() < until; usleep(1000)) {
		if (access(lock_path, F_OK) < 0)
			die(when);
		if (flock(other, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) {
			fprintf(stderr, "passing: another claim was not refused %s\n", when);
			exit(1);
		}
	}
	close(other);
}

/* ---- dropped: nobody receives it */

static int mode_dropped(void)
{
	int ends[2];
	int fd = take_lock();
	int copy = dup(fd);

	open_sockets(ends);
	close(fd);
	expect_held("with a duplicate open");
	send_descriptor(ends[0], copy);
	close(copy);
	expect_held("with the descriptor on its way");
	close(ends[1]);
	close(ends[0]);
	expect_free("with every descriptor closed");
	return 0;
}

/* ---- exits, killed, unread: how the sender, another process, ends */

static pid_t start_sender(int socket)
{
	pid_t pid = fork();
	char c;

	if (pid < 0)
		die("fork");
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	send_descriptor(socket, take_lock());
	/* until it is told to end */
	_exit(read(socket, &c, 1) != 1);
}

static void end_sender(pid_t pid, int socket, bool is_killed)
{
	if (is_killed)
		kill(pid, SIGKILL);
	else if (write(socket, "", 1) != 1)
		die("telling the sender to end");
	if (waitpid(pid, NULL, 0) != pid)
		die("waitpid");
}

static int hand_over(bool is_killed, bool is_unread)
{
	int ends[2];
	struct pollfd sent = {.events = POLLIN};
	pid_t sender;
	int fd = -1;

	open_sockets(ends);
	sender = start_sender(ends[1]);
	close(ends[1]);
	sent.fd = ends[0];
	if (poll(&sent, 1, LIMIT_MS) != 1)
		die("nothing was sent");
	if (!is_unread)
		fd = receive_descriptor(ends[0]);
	end_sender(sender, ends[0], is_killed);
	expect_held("with the sender gone");
	if (is_unread)
		fd = receive_descriptor(ends[0]);
	close(ends[0]);
	expect_held("with the receiver alone");
	close(fd);
	expect_free("with the receiver's descriptor closed");
	return 0;
}

static int mode_exits(void)
{
	return hand_over(false, false);
}

static int mode_killed(void)
{
	return hand_over(true, false);
}

static int mode_unread(void)
{
	return hand_over(true, true);
}

static const struct mode {
	const char *word;
	int (*run)(void);
} modes[] = {
	{"dropped", mode_dropped},
	{"exits", mode_exits},
	{"killed", mode_killed},
	{"unread", mode_unread},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 3 && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(argv[1], modes[i].word) != 0)
			continue;
		lock_path = argv[2];
		return modes[i].run();
	}
	fprintf(stderr, "usage: passing dropped|exits|killed|unread FILE\n");
	return 64;
}

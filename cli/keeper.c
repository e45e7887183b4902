/*
 * See keeper.h. A pipe that nobody means to write to: its end comes when the last process that
 * has the other side is gone.
 */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/smallfile.h"
#include "nested.h"

/* Where no script's own numbered redirections are. */
#define FD_FIRST 64

struct watched {
	int await_fd;
	int command_fd; /* a pidfd: sudo and the like close what the command would inherit */
	int ring_fd;
	int said_fd; /* until it has said that all is in place */
};

int keeper_open(struct keeper *keeper)
{
	int low[2];
	int high_fd;

	if (pipe2(low, O_CLOEXEC) < 0)
		return -errno;
	high_fd = fcntl(low[1], F_DUPFD_CLOEXEC, FD_FIRST);
	if (high_fd >= 0)
		close(low[1]);
	*keeper =
		(struct keeper){.await_fd = low[0], .inherited_fd = high_fd < 0 ? low[1] : high_fd};
	return 0;
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Among them the command's start, which it waits for as long as anybody could give it. */
static int close_others(const struct watched *watched)
{
	int kept[] = {watched->await_fd, watched->command_fd, watched->ring_fd, watched->said_fd};
	size_t len = sizeof(kept) / sizeof(kept[0]);
	unsigned from = STDERR_FILENO + 1;

	qsort(kept, len, sizeof(kept[0]), by_number);
	for (size_t i = 0; i < len; i++) {
		unsigned fd = (unsigned)kept[i];

		if (fd > from && close_range(from, fd - 1, 0) < 0)
			return -errno;
		from = fd < from ? from : fd + 1;
	}
	return close_range(from, ~0U, 0) < 0 ? -errno : 0;
}

/* Nobody shall wait for it by a terminal, a pipe or a group, nor find its directory busy. */
static int step_aside(const struct watched *watched)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t all;

	for (int fd = 0; fd <= STDERR_FILENO; fd++) {
		if (null_fd < 0 || dup2(null_fd, fd) < 0)
			close(fd);
	}
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (setsid() < 0 || chdir("/") < 0)
		return -errno;
	prctl(PR_SET_NAME, "guard-keeper");
	return close_others(watched);
}

static void await_all(const struct watched *watched)
{
	struct pollfd command = {.fd = watched->command_fd, .events = POLLIN};
	char dropped[64];
	ssize_t got;

	do {
		got = read(watched->await_fd, dropped, sizeof(dropped));
	} while (got > 0 || (got < 0 && errno == EINTR));
	while (poll(&command, 1, -1) < 0 && errno == EINTR)
		continue;
	nested_await_close(watched->ring_fd);
	nested_ring_end(watched->ring_fd);
}

_Noreturn static void keep(const struct watched *watched, struct hold *hold)
{
	int state = (int)hold_bind(hold);
	int error = step_aside(watched);

	if (error)
		state = error;
	if (write(watched->said_fd, &state, sizeof(state)) != (ssize_t)sizeof(state) ||
	    state != HOLD_LIVE)
		_exit(1);
	close(watched->said_fd);
	await_all(watched);
	_exit(0);
}

/* What the process said, or that it ended without a word. */
static int await_word(int said_fd)
{
	int word;
	ssize_t got;

	do {
		got = read(said_fd, &word, sizeof(word));
	} while (got < 0 && errno == EINTR);
	return got == (ssize_t)sizeof(word) ? word : -ECHILD;
}

int keeper_start(struct keeper *keeper, struct hold *hold, pid_t command, int ring_fd)
{
	SCOPED_FD command_fd = (int)syscall(SYS_pidfd_open, command, 0);
	int said[2];
	pid_t pid;
	int error;

	if (command_fd < 0 || pipe2(said, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	error = pid < 0 ? -errno : 0;
	if (pid == 0) {
		const struct watched watched = {keeper->await_fd, command_fd, ring_fd, said[1]};

		keep(&watched, hold);
	}
	close(said[1]);
	if (!error) {
		keeper->pid = pid;
		error = await_word(said[0]);
	}
	close(said[0]);
	return error;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void keeper_leave(struct keeper *keeper)
{
	close_one(&keeper->inherited_fd);
	close_one(&keeper->await_fd);
}

void keeper_end(struct keeper *keeper)
{
	if (keeper->pid > 0) {
		kill(keeper->pid, SIGKILL);
		while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	keeper->pid = 0;
	keeper_leave(keeper);
}

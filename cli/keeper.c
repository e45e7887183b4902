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
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "daemonfile.h"
#include "handing.h"
#include "host/smallfile.h"
#include "nested.h"

/* Where no script's own numbered redirections are. */
#define FD_FIRST 64

struct watched {
	int await_fd;
	int command_fd; /* a pidfd: sudo and the like close what the command would inherit */
	int talk_fd;	/* until it has said that all is in place */
	int mount_fd;	/* until then as well */
	int request_fd; /* on it, for the one question that there will be; -1: guard asks that */
};

/* What it has to know of the lease, with the ring's descriptor. */
struct task {
	char lock_id[LOCK_ID_LEN + 1];
	int64_t ttl_ms;
	bool is_seen;
	bool is_bound; /* already: nobody waits for an answer */
};

static bool is_namesake(const char *root)
{
	struct daemonfile daemon;
	struct stat pids;

	return daemonfile_read(root, &daemon) == 0 && daemon.pid_ns &&
	       stat("/proc/self/ns/pid", &pids) == 0 && pids.st_ino == daemon.pid_ns;
}

int keeper_open(struct keeper *keeper, const struct call *call)
{
	int low[2];
	int high_fd;

	if (pipe2(low, O_CLOEXEC) < 0)
		return -errno;
	high_fd = fcntl(low[1], F_DUPFD_CLOEXEC, FD_FIRST);
	if (high_fd >= 0)
		close(low[1]);
	*keeper = (struct keeper){.await_fd = low[0],
				  .inherited_fd = high_fd < 0 ? low[1] : high_fd,
				  .talk_fd = -1,
				  .is_namesake = is_namesake(call->root)};
	return 0;
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Among them the command's start, which it waits for as long as anybody could give it. */
static int close_others(const struct watched *watched)
{
	int kept[] = {watched->await_fd, watched->command_fd, watched->talk_fd, watched->mount_fd,
		      watched->request_fd};
	size_t len = sizeof(kept) / sizeof(kept[0]);
	unsigned from = STDERR_FILENO + 1;

	qsort(kept, len, sizeof(kept[0]), by_number);
	for (size_t i = 0; i < len; i++) {
		unsigned fd = (unsigned)kept[i];

		if (kept[i] < 0)
			continue;
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

static void await_all(const struct watched *watched, int ring_fd)
{
	struct pollfd command = {.fd = watched->command_fd, .events = POLLIN};
	char dropped[64];
	ssize_t got;

	do {
		got = read(watched->await_fd, dropped, sizeof(dropped));
	} while (got > 0 || (got < 0 && errno == EINTR));
	while (poll(&command, 1, -1) < 0 && errno == EINTR)
		continue;
	nested_await_close(ring_fd);
	nested_ring_end(ring_fd);
}

/* The lease may not be there yet: all else is done before. */
_Noreturn static void keep(const struct watched *watched, const struct call *call)
{
	int state = step_aside(watched);
	struct hold hold = {.call = call,
			    .mount = call->mount,
			    .fd = -1,
			    .seat_fd = -1,
			    .request_fd = watched->request_fd};
	struct task task;
	int ring_fd;

	if (handing_receive(watched->talk_fd, &task, sizeof(task), &ring_fd, 1) < 0)
		_exit(1);
	memcpy(hold.lock_id, task.lock_id, sizeof(hold.lock_id));
	hold.ttl_ms = task.ttl_ms;
	hold.is_seen = task.is_seen;
	if (!task.is_bound && !state)
		state = (int)hold_bind(&hold, 0);
	if (!task.is_bound && handing_send(watched->talk_fd, &state, sizeof(state), NULL, 0) < 0)
		_exit(1);
	if (state != HOLD_LIVE)
		_exit(1);
	close(watched->talk_fd);
	client_close(&hold.mount);
	await_all(watched, ring_fd);
	_exit(0);
}

int keeper_make(struct keeper *keeper, const struct call *call, pid_t command)
{
	SCOPED_FD command_fd = (int)syscall(SYS_pidfd_open, command, 0);
	int ends[2];
	int error = command_fd < 0 ? -errno : handing_open(ends);
	pid_t pid;

	if (error)
		return error;
	pid = fork();
	error = pid < 0 ? -errno : 0;
	if (pid == 0) {
		const struct watched watched = {
			keeper->await_fd, command_fd, ends[1], call->mount.dir_fd,
			keeper->is_namesake ? -1 : client_open_request(&call->mount)};

		keep(&watched, call);
	}
	close(ends[1]);
	if (error) {
		close(ends[0]);
		return error;
	}
	keeper->pid = pid;
	keeper->talk_fd = ends[0];
	return 0;
}

int keeper_bind(struct keeper *keeper, struct hold *hold, int ring_fd)
{
	struct task task = {.ttl_ms = hold->ttl_ms, .is_seen = hold->is_seen};
	int word = keeper->is_namesake && hold->is_seen ? (int)hold_bind(hold, keeper->pid)
							: HOLD_UNSURE;
	int error;

	task.is_bound = word == HOLD_LIVE;
	memcpy(task.lock_id, hold->lock_id, sizeof(task.lock_id));
	error = handing_send(keeper->talk_fd, &task, sizeof(task), &ring_fd, 1);
	if (!error && !task.is_bound)
		error = handing_receive(keeper->talk_fd, &word, sizeof(word), NULL, 0);
	close(keeper->talk_fd);
	keeper->talk_fd = -1;
	if (error)
		return error == -EPIPE ? -ECHILD : error;
	return word;
}

bool keeper_was_ended(struct keeper *keeper)
{
	if (keeper->pid <= 0 || waitpid(keeper->pid, NULL, WNOHANG) != keeper->pid)
		return false;
	keeper->pid = 0;
	return true;
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
	close_one(&keeper->talk_fd);
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

/*
 * posix_spawn with a time limit. stderr goes to a memory file, not a pipe: a daemon that
 * keeps it open must not keep us.
 */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/smallfile.h"

#define SAID_MAX 8192

extern char **environ;

int program_spawn(char *const argv[], const posix_spawn_file_actions_t *actions, pid_t *pid)
{
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int error = posix_spawnattr_init(&attributes);

	if (error)
		return -error;
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	error = posix_spawnattr_setsigdefault(&attributes, &defaults);
	if (!error)
		error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	if (!error)
		error = posix_spawnp(pid, argv[0], actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	return -error;
}

static int spawn(char *const argv[], int stderr_fd, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return -error;
	error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (!error)
		error = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, stderr_fd, 2);
	/* a lock that the caller holds by an open file must not live on in a daemon */
	if (!error)
		error = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	error = error ? -error : program_spawn(argv, &actions, pid);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* 0 when it has ended within the limit, or -ETIMEDOUT and it was killed. */
static int wait_bounded(pid_t pid, int64_t limit_ms)
{
	SCOPED_FD fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd watched = {.fd = fd, .events = POLLIN};
	int ready;

	if (fd < 0)
		return 0;
	do {
		ready = poll(&watched, 1, (int)limit_ms);
	} while (ready < 0 && errno == EINTR);
	if (ready != 0)
		return 0;
	kill(pid, SIGKILL);
	return -ETIMEDOUT;
}

static void read_said(int fd, struct text *said)
{
	char buffer[SAID_MAX];
	ssize_t got = pread(fd, buffer, sizeof(buffer), 0);

	if (got > 0)
		text_add(said, buffer, (size_t)got);
	while (said->len && said->data[said->len - 1] == '\n')
		said->data[--said->len] = '\0';
}

int program_run(char *const argv[], int64_t limit_ms, struct text *said)
{
	SCOPED_FD stderr_fd = memfd_create("stderr", MFD_CLOEXEC);
	pid_t pid;
	int status = 0;
	int error;

	if (stderr_fd < 0)
		return -errno;
	error = spawn(argv, stderr_fd, &pid);
	if (error)
		return error;
	error = wait_bounded(pid, limit_ms);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	read_said(stderr_fd, said);
	if (error)
		return error;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

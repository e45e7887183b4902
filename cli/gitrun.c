/*
 * posix_spawn and a pipe. The input is a memory file, so that neither side waits for the other.
 */
#include "gitrun.h"
#include "program.h"
#include "readall.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/smallfile.h"

/* More than the names of a million files. */
#define OUTPUT_MAX (UINT64_C(256) << 20)

/* A descriptor that reads as the input; a negative errno. */
static int open_input(const struct text *input)
{
	size_t done = 0;
	int fd;

	if (!input || !input->len)
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	else
		fd = memfd_create("input", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (input && done < input->len) {
		ssize_t put = pwrite(fd, input->data + done, input->len - done, (off_t)done);

		if (put < 0) {
			int error = -errno;

			close(fd);
			return error;
		}
		done += (size_t)put;
	}
	return fd;
}

static int spawn(char *const argv[], int stdin_fd, int stdout_fd, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return -error;
	error = posix_spawn_file_actions_adddup2(&actions, stdin_fd, 0);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, stdout_fd, 1);
	error = error ? -error : program_spawn(argv, &actions, pid);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

int gitrun(char *const argv[], const struct text *input, struct text *out)
{
	SCOPED_FD stdin_fd = open_input(input);
	int ends[2];
	int status = 0;
	pid_t pid;
	int error;

	if (stdin_fd < 0)
		return stdin_fd;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	error = spawn(argv, stdin_fd, ends[1], &pid);
	close(ends[1]);
	if (error) {
		close(ends[0]);
		return error;
	}
	error = readall(ends[0], OUTPUT_MAX, out);
	close(ends[0]);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	if (error)
		return error;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

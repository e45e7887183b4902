/* See child.h. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handing.h"
#include "host/smallfile.h"
#include "output.h"

#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NO_COMMAND 127

/* What is passed on, and what tells of the command. */
static const int caught[] = {SIGINT,  SIGTERM, SIGHUP,	SIGQUIT, SIGUSR1,
			     SIGUSR2, SIGTSTP, SIGCONT, SIGCHLD};

/* nohup's and a background job's ignored signals stay ignored, for guard and for its command. */
static bool is_ignored(int signal)
{
	struct sigaction action;

	return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void child_signals_begin(struct child_signals *signals)
{
	const struct sigaction as_ever = {.sa_handler = SIG_DFL};

	/* a parent that ignores it would keep us from waiting for ours */
	sigaction(SIGCHLD, &as_ever, &signals->on_child);
	sigemptyset(&signals->caught);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		if (!is_ignored(caught[i]))
			sigaddset(&signals->caught, caught[i]);
	}
	sigprocmask(SIG_BLOCK, &signals->caught, &signals->mask);
}

void child_signals_end(const struct child_signals *signals)
{
	sigprocmask(SIG_SETMASK, &signals->mask, NULL);
	sigaction(SIGCHLD, &signals->on_child, NULL);
}

/* At its number in guard, where nested guards look for it, and open in the command. */
static int place(int fd, int number)
{
	if (fd == number)
		return fcntl(fd, F_SETFD, 0) < 0 ? -errno : 0;
	return dup2(fd, number) < 0 ? -errno : 0;
}

/* Takes what is given with the start; without it guard is gone, or has given up. */
static int await_start(int go_fd)
{
	struct child_start start;
	int fds[2]; /* ring, held */
	int error = handing_receive(go_fd, &start, sizeof(start), fds, 2);

	if (error)
		return error;
	/* the one's number may be where the other has come in */
	if (fds[1] == start.guard.ring_fd)
		fds[1] = fcntl(fds[1], F_DUPFD_CLOEXEC, 0);
	error = fds[1] < 0 ? -errno : place(fds[0], start.guard.ring_fd);
	if (!error && start.held_fd >= 0)
		error = place(start.has_held ? start.held_fd : fds[1], start.held_fd);
	return error ? error : nested_export(&start.guard);
}

_Noreturn static void run(char **argv, int go_fd, int inherited_fd,
			  const struct child_signals *signals)
{
	int error = await_start(go_fd);

	if (error == -EPIPE)
		_exit(1);
	if (error) {
		output_error("cannot start \"%s\": %s", argv[0], strerror(-error));
		_exit(1);
	}
	if (inherited_fd >= 0)
		fcntl(inherited_fd, F_SETFD, 0);
	signal(SIGPIPE, SIG_DFL);
	child_signals_end(signals);
	execvp(argv[0], argv);
	error = errno;
	output_error("cannot run \"%s\": %s", argv[0], strerror(error));
	_exit(error == ENOENT || error == ENOTDIR ? EXIT_NO_COMMAND : EXIT_NOT_EXECUTABLE);
}

int child_make(struct child *child, char **argv, int inherited_fd,
	       const struct child_signals *signals)
{
	int go[2];
	int error = handing_open(go);
	pid_t pid;

	if (error)
		return error;
	pid = fork();
	if (pid < 0) {
		error = errno;
		close(go[0]);
		close(go[1]);
		return -error;
	}
	if (pid == 0) {
		close(go[1]);
		run(argv, go[0], inherited_fd, signals);
	}
	close(go[0]);
	*child = (struct child){.pid = pid, .go_fd = go[1]};
	return 0;
}

void child_start(struct child *child, const struct child_start *start)
{
	/* every copy of a lease's descriptor costs its close: without need the ring goes twice */
	bool gives_held = start->held_fd >= 0 && !start->has_held;
	const int fds[2] = {start->guard.ring_fd,
			    gives_held ? start->held_fd : start->guard.ring_fd};

	/* one that was killed meanwhile is waited for all the same */
	if (handing_send(child->go_fd, start, sizeof(*start), fds, 2) < 0)
		kill(child->pid, SIGKILL);
	close(child->go_fd);
	child->go_fd = -1;
}

void child_abandon(struct child *child)
{
	close(child->go_fd);
	child->go_fd = -1;
	kill(child->pid, SIGKILL);
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

bool child_has_ended(const struct child *child, int *status, int *killed_by, int *stopped_by)
{
	int raw;

	*stopped_by = 0;
	while (waitpid(child->pid, &raw, WNOHANG | WUNTRACED) > 0) {
		*stopped_by = WIFSTOPPED(raw) ? WSTOPSIG(raw) : 0;
		if (*stopped_by)
			continue;
		*killed_by = WIFSIGNALED(raw) ? WTERMSIG(raw) : 0;
		*status = *killed_by ? 128 + *killed_by : WEXITSTATUS(raw);
		return true;
	}
	return false;
}

static bool is_foreground(void)
{
	SCOPED_FD terminal_fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	return terminal_fd >= 0 && tcgetpgrp(terminal_fd) == getpgrp();
}

/*
 * SIGSTOP on a terminal is a program that puts itself to sleep (^Z in some editors); elsewhere it
 * is somebody who means that process alone, and guard has a lease to renew.
 */
void child_stop_likewise(int stopped_by, const struct child_signals *signals)
{
	sigset_t own;

	if (stopped_by == SIGSTOP
		    ? !is_foreground()
		    : stopped_by != SIGTSTP && stopped_by != SIGTTIN && stopped_by != SIGTTOU)
		return;
	sigemptyset(&own);
	sigaddset(&own, stopped_by);
	kill(getpid(), stopped_by);
	/* here we are stopped */
	sigprocmask(SIG_UNBLOCK, &own, NULL);
	sigprocmask(SIG_BLOCK, &signals->caught, NULL);
}

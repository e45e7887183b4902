/* See inherit.h. Everything that allocates is done before the fork: other threads may run. */
#include "inherit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VARIABLE "LOKTFS_INHERIT"
#define FORMAT "2 %d %d %d %d %d %d %d %d %d %d"
#define FIELDS 10
#define VALUE_MAX 160

static int set_cloexec(int fd, bool is_set)
{
	if (fd < 0)
		return 0;
	return fcntl(fd, F_SETFD, is_set ? FD_CLOEXEC : 0) < 0 ? -errno : 0;
}

static int set_all_cloexec(const struct inherit *inherit, bool is_set)
{
	const int fds[] = {inherit->fuse_fd, inherit->area_fd,	     inherit->root_fd,
			   inherit->lock_fd, inherit->mountpoint_fd, inherit->log_fd,
			   inherit->ready_fd};
	int error = 0;
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]) && !error; i++)
		error = set_cloexec(fds[i], is_set);
	return error;
}

bool inherit_is_there(void)
{
	return getenv(VARIABLE) != NULL;
}

int inherit_take(struct inherit *inherit)
{
	const char *value = getenv(VARIABLE);
	int role, peer, is_upgrade;
	*inherit = (struct inherit){.role = ROLE_STARTER, .ready_fd = -1};
	if (!value)
		return 0;
	int fields = sscanf(value, FORMAT, &role, &inherit->fuse_fd, &inherit->area_fd,
			    &inherit->root_fd, &inherit->lock_fd, &inherit->mountpoint_fd,
			    &inherit->log_fd, &inherit->ready_fd, &peer, &is_upgrade);
	unsetenv(VARIABLE);
	if (fields != FIELDS || role <= ROLE_STARTER || role >= ROLE_COUNT || peer <= 0)
		return -EINVAL;
	inherit->role = (enum role)role;
	inherit->peer = peer;
	inherit->is_upgrade = is_upgrade;
	return set_all_cloexec(inherit, true) ? -EINVAL : 0;
}

/* The environment with the variable in front; the strings are borrowed. NULL when memory is out. */
static char **make_environment(char *variable)
{
	size_t len = 0;
	while (environ[len])
		len++;
	char **out = calloc(len + 2, sizeof(*out));
	if (!out)
		return NULL;
	out[0] = variable;
	memcpy(out + 1, environ, len * sizeof(*out));
	return out;
}

static void write_variable(const struct inherit *inherit, char out[VALUE_MAX])
{
	snprintf(out, VALUE_MAX, VARIABLE "=" FORMAT, (int)inherit->role, inherit->fuse_fd,
		 inherit->area_fd, inherit->root_fd, inherit->lock_fd, inherit->mountpoint_fd,
		 inherit->log_fd, inherit->ready_fd, (int)inherit->peer, (int)inherit->is_upgrade);
}

static int exec_with(const struct inherit *inherit, const char *program, char *const argv[],
		     char *const environment[])
{
	sigset_t none;
	sigemptyset(&none);
	if (set_all_cloexec(inherit, false) == 0) {
		sigprocmask(SIG_SETMASK, &none, NULL);
		execve(program, argv, environment);
	}
	return -errno;
}

pid_t inherit_spawn(const struct inherit *inherit, const char *program, char *const argv[])
{
	char variable[VALUE_MAX];
	write_variable(inherit, variable);
	char **environment = make_environment(variable);
	if (!environment)
		return -ENOMEM;
	pid_t child = fork();
	int error = -errno;
	if (child == 0) {
		exec_with(inherit, program, argv, environment);
		_exit(127);
	}
	free(environment);
	return child < 0 ? error : child;
}

int inherit_exec(const struct inherit *inherit, const char *program, char *const argv[])
{
	char variable[VALUE_MAX];
	sigset_t before;
	write_variable(inherit, variable);
	char **environment = make_environment(variable);
	if (!environment)
		return -ENOMEM;
	sigprocmask(SIG_SETMASK, NULL, &before);
	int error = exec_with(inherit, program, argv, environment);
	sigprocmask(SIG_SETMASK, &before, NULL);
	set_all_cloexec(inherit, true);
	free(environment);
	return error;
}

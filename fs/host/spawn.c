/*
 * posix_spawn, so that a large parent costs nothing; a pidfd and two pipes in one epoll. Each
 * child is waited for by its own pid: others (the snapshotter's) are none of ours. What a child
 * left running may keep its pipes open; only its own end counts.
 */
#include "host/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utlist.h>

#include "host/clock.h"
#include "host/fault.h"
#include "host/smallfile.h"
#include "lokt/duration.h"

/* From being asked to end until being killed. */
#define GRACE_NS (NS_PER_SEC / 2)

#define ERR_MAX 65536
#define CHUNK 16384
#define AT_ONCE 32

/* A pass over a pipe ends here, so that one that never falls silent does not keep the loop. */
#define PASS_MAX (1 << 20)

/* The child's ends, until it has them. */
struct ends {
	int in, out, err;
};

static void close_ends(struct ends *ends)
{
	smallfile_close(&ends->in);
	smallfile_close(&ends->out);
	smallfile_close(&ends->err);
}

/* The same above 0, 1 and 2, which a dup2() in the child or a daemon's start may hit. Takes fd. */
static int raise_fd(int fd)
{
	if (fd < 0)
		return -errno;
	if (fd > STDERR_FILENO)
		return fd;
	int raised = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int error = -errno;
	close(fd);
	return raised < 0 ? error : raised;
}

static int write_all(int fd, const char *bytes, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t put = pwrite(fd, bytes + done, len - done, (off_t)done);
		if (put < 0 && errno != EINTR)
			return -errno;
		done += put > 0 ? (size_t)put : 0;
	}
	return 0;
}

/* A memory file: neither side ever waits for the other. */
static int open_input(const char *bytes, size_t len)
{
	if (len == 0)
		return raise_fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
	int fd = raise_fd(memfd_create("input", MFD_CLOEXEC));
	int error = fd < 0 ? fd : write_all(fd, bytes, len);
	if (fd >= 0 && error < 0)
		close(fd);
	return error < 0 ? error : fd;
}

/* Ours does not block; the child's does, as programs expect. */
static int open_output(int *ours, int *theirs)
{
	int pair[2];
	if (pipe2(pair, O_CLOEXEC) < 0)
		return -errno;
	int reader = raise_fd(pair[0]), writer = raise_fd(pair[1]);
	int error = reader < 0 ? reader : writer < 0 ? writer : 0;
	if (error == 0 && fcntl(reader, F_SETFL, O_NONBLOCK) < 0)
		error = -errno;
	if (error < 0) {
		smallfile_close(&reader);
		smallfile_close(&writer);
		return error;
	}
	*ours = reader;
	*theirs = writer;
	return 0;
}

static bool is_program(const char *path)
{
	struct stat found;
	return stat(path, &found) == 0 && S_ISREG(found.st_mode) && access(path, X_OK) == 0;
}

static const char *path_of(char *const envp[])
{
	for (; *envp; envp++)
		if (strncmp(*envp, "PATH=", 5) == 0)
			return *envp + 5;
	return "/usr/local/bin:/usr/bin:/bin";
}

/*
 * posix_spawnp() would search the PATH of this process, not of envp. Relative components are
 * passed over: the directory is somebody's repository, not a place for programs.
 */
static int find_program(const char *name, char *const envp[], char out[PATH_MAX])
{
	if (strchr(name, '/'))
		return snprintf(out, PATH_MAX, "%s", name) < PATH_MAX ? 0 : -ENAMETOOLONG;
	for (const char *at = path_of(envp); *at;) {
		int len = (int)strcspn(at, ":");
		bool fits = snprintf(out, PATH_MAX, "%.*s/%s", len, at, name) < PATH_MAX;
		if (*at == '/' && fits && is_program(out))
			return 0;
		at += len;
		at += *at == ':';
	}
	return -ENOENT;
}

static int add_actions(posix_spawn_file_actions_t *actions, const char *dir,
		       const struct ends *ends)
{
	int error = posix_spawn_file_actions_adddup2(actions, ends->in, STDIN_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(actions, ends->out, STDOUT_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(actions, ends->err, STDERR_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
	if (error == 0)
		error = posix_spawn_file_actions_addchdir_np(actions, dir);
	return -error;
}

/* The daemon blocks and ignores signals that its children must feel. */
static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	int error = posix_spawnattr_setsigmask(attributes, &none);
	if (error == 0)
		error = posix_spawnattr_setsigdefault(attributes, &all);
	if (error == 0)
		error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID |
								     POSIX_SPAWN_SETSIGMASK |
								     POSIX_SPAWN_SETSIGDEF);
	return -error;
}

static int spawn(const char *dir, char *const argv[], char *const envp[], const struct ends *ends,
		 pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char program[PATH_MAX];

	int error = find_program(argv[0], envp, program);
	if (error < 0)
		return error;
	error = -posix_spawn_file_actions_init(&actions);
	if (error < 0)
		return error;
	error = -posix_spawnattr_init(&attributes);
	if (error == 0) {
		error = add_actions(&actions, dir, ends);
		if (error == 0)
			error = set_attributes(&attributes);
		if (error == 0)
			error = fault_at(FAULT_SPAWN);
		if (error == 0)
			error = -posix_spawn(pid, program, &actions, &attributes, argv, envp);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* By name: closing does not end a watch while a forked snapshot has the descriptor too. */
static void drop_fd(struct children *children, int *fd)
{
	if (*fd < 0)
		return;
	epoll_ctl(children->epoll_fd, EPOLL_CTL_DEL, *fd, NULL);
	close(*fd);
	*fd = -1;
}

static void drop_fds(struct children *children, struct child *child)
{
	drop_fd(children, &child->pid_fd);
	drop_fd(children, &child->out_fd);
	drop_fd(children, &child->err_fd);
}

/* Not reaped yet, so the number is still this group's. */
static void kill_group(const struct child *child)
{
	kill(-child->pid, SIGKILL);
}

static void kill_and_reap(struct child *child)
{
	kill_group(child);
	while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR)
		;
}

static int watch_fd(struct children *children, struct child *child, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = child};
	return epoll_ctl(children->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int watch(struct children *children, struct child *child)
{
	int pid_fd = raise_fd((int)syscall(SYS_pidfd_open, child->pid, 0));
	if (pid_fd < 0)
		return pid_fd;
	child->pid_fd = pid_fd;
	int error = watch_fd(children, child, child->pid_fd);
	if (error == 0)
		error = watch_fd(children, child, child->out_fd);
	if (error == 0)
		error = watch_fd(children, child, child->err_fd);
	return error;
}

/* The pipes and the input are made, the program is started, and it is watched; or nothing is. */
static int start(struct children *children, struct child *child, const char *dir,
		 char *const argv[], char *const envp[], const char *input, size_t len)
{
	__attribute__((cleanup(close_ends))) struct ends ends = {-1, -1, -1};

	ends.in = open_input(input, len);
	if (ends.in < 0)
		return ends.in;
	int error = open_output(&child->out_fd, &ends.out);
	if (error == 0)
		error = open_output(&child->err_fd, &ends.err);
	if (error == 0)
		error = spawn(dir ? dir : "/", argv, envp, &ends, &child->pid);
	if (error < 0)
		return error;
	(void)fault_at(FAULT_STARTED);
	error = watch(children, child);
	if (error < 0)
		kill_and_reap(child);
	return error;
}

/* Whoever started us may have it ignored; the kernel then throws exit statuses away. */
static void heed_children(void)
{
	struct sigaction action;
	if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
		signal(SIGCHLD, SIG_DFL);
}

int children_init(struct children *children)
{
	heed_children();
	int fd = epoll_create1(EPOLL_CLOEXEC);
	if (fd < 0)
		return -errno;
	*children = (struct children){.epoll_fd = fd};
	return 0;
}

/* All together, and waited for: they end at once, or will not. */
static void ask_to_end(const struct children *children)
{
	int64_t until_ns = clock_now().mono_ns + GRACE_NS;
	struct child *child;
	DL_FOREACH (children->running, child)
		if (!child->has_exited)
			kill(-child->pid, SIGTERM);
	DL_FOREACH (children->running, child) {
		struct pollfd end = {.fd = child->pid_fd, .events = POLLIN};
		int64_t left_ns = until_ns - clock_now().mono_ns;
		if (!child->has_exited && left_ns > 0)
			(void)poll(&end, 1, (int)(left_ns / NS_PER_MS));
	}
}

void children_release(struct children *children)
{
	struct child *child, *next;
	ask_to_end(children);
	DL_FOREACH_SAFE (children->running, child, next) {
		drop_fds(children, child);
		if (!child->has_exited)
			kill_and_reap(child);
		child_free(child);
	}
	smallfile_close(&children->epoll_fd);
	*children = (struct children){.epoll_fd = -1};
}

int child_start(struct children *children, const char *dir, char *const argv[], char *const envp[],
		const char *input, size_t len, size_t out_max, int64_t deadline_ns,
		struct child **out)
{
	struct child *child = calloc(1, sizeof(*child));
	if (!child)
		return -ENOMEM;
	*child = (struct child){.pid_fd = -1,
				.out_fd = -1,
				.err_fd = -1,
				.out_max = out_max,
				.deadline_ns = deadline_ns};
	int error = start(children, child, dir, argv, envp, input, len);
	if (error < 0) {
		drop_fds(children, child);
		free(child);
		return error;
	}
	DL_APPEND(children->running, child);
	*out = child;
	return 0;
}

/* What fits into max is kept. True when there was more than that. */
static bool take(struct text *text, size_t max, const char *bytes, size_t len)
{
	size_t room = max - text->len;
	text_add(text, bytes, len < room ? len : room);
	return len > room;
}

/* Reads until the pipe is empty or closed, or the pass is long enough. True: too much came. */
static bool drain(struct children *children, int *fd, struct text *text, size_t max)
{
	char chunk[CHUNK];
	bool is_over = false;
	for (size_t pass = 0; *fd >= 0 && pass < PASS_MAX;) {
		ssize_t got = read(*fd, chunk, sizeof(chunk));
		if (got > 0) {
			is_over = take(text, max, chunk, (size_t)got) || is_over;
			pass += (size_t)got;
		} else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
			drop_fd(children, fd);
		} else if (errno == EAGAIN) {
			break;
		}
	}
	return is_over;
}

/* It is still there as a zombie, so its number is nobody else's. */
static bool is_zombie(const struct child *child)
{
	siginfo_t info = {0};
	return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == child->pid;
}

/* A child that somebody else has waited for never counts as good. */
static bool has_ended(struct child *child)
{
	/* It did as it was asked; what it started may not have. */
	if (child->is_too_late && is_zombie(child))
		kill_group(child);
	pid_t got = waitpid(child->pid, &child->status, WNOHANG);
	if (got < 0 && errno == ECHILD)
		child->status = W_EXITCODE(255, 0);
	return got == child->pid || (got < 0 && errno == ECHILD);
}

/* The exit is asked for first: what the child wrote is then in the pipes, whole. */
static void advance(struct children *children, struct child *child)
{
	if (child->has_exited)
		return;
	child->has_exited = has_ended(child);
	drain(children, &child->err_fd, &child->err, ERR_MAX);
	if (drain(children, &child->out_fd, &child->out, child->out_max)) {
		child->is_too_long = true;
		drop_fd(children, &child->out_fd);
		if (!child->has_exited)
			kill_group(child);
	}
	if (child->has_exited)
		drop_fds(children, child);
}

static void end_late(struct children *children, int64_t now_ns)
{
	struct child *child;
	DL_FOREACH (children->running, child) {
		if (child->has_exited || child->is_killed || now_ns < child->deadline_ns)
			continue;
		child->is_killed = child->is_too_late;
		kill(-child->pid, child->is_killed ? SIGKILL : SIGTERM);
		child->is_too_late = true;
		child->deadline_ns = now_ns + GRACE_NS;
	}
}

struct child *children_collect(struct children *children, int64_t now_ns)
{
	struct epoll_event events[AT_ONCE];
	struct child *child;

	int ready = epoll_wait(children->epoll_fd, events, AT_ONCE, 0);
	for (int i = 0; i < ready; i++)
		advance(children, events[i].data.ptr);
	end_late(children, now_ns);
	DL_FOREACH (children->running, child) {
		if (!child->has_exited)
			continue;
		if (fault_at(FAULT_ANSWER) < 0)
			child->status = W_EXITCODE(255, 0);
		DL_DELETE(children->running, child);
		return child;
	}
	return NULL;
}

int64_t children_deadline(const struct children *children)
{
	const struct child *child;
	int64_t first = INT64_MAX;
	DL_FOREACH (children->running, child) {
		if (child->has_exited)
			return INT64_MIN;
		if (!child->is_killed && child->deadline_ns < first)
			first = child->deadline_ns;
	}
	return first;
}

void child_free(struct child *child)
{
	if (!child)
		return;
	text_release(&child->out);
	text_release(&child->err);
	free(child);
}

/* See kin.h. */
#include "host/kin.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "host/procstat.h"

_Static_assert(KIN_MAX > PARTY_CHAIN_MAX + 1, "a chain is held while it is walked");

/* "self" there is us: pids mean the same to that /proc as to pidfd_open(2). */
static bool is_own_proc(int proc_fd)
{
	struct statfs found;
	char self[PROC_NAME_MAX];
	if (fstatfs(proc_fd, &found) < 0 || found.f_type != PROC_SUPER_MAGIC)
		return false;
	ssize_t len = readlinkat(proc_fd, "self", self, sizeof(self) - 1);
	if (len <= 0)
		return false;
	self[len] = '\0';
	return strtol(self, NULL, 10) == getpid();
}

void kin_init(struct kin *kin, int proc_fd, int64_t ns_per_tick)
{
	*kin = (struct kin){.proc_fd = proc_fd, .ns_per_tick = ns_per_tick};
	kin->is_on = is_own_proc(proc_fd);
}

static void let_go(struct kin *kin, struct kin_process *process)
{
	kin->pids[process - kin->held] = 0;
	close(process->dir_fd);
	close(process->pid_fd);
}

void kin_release(struct kin *kin)
{
	for (unsigned i = 0; i < KIN_MAX; i++)
		if (kin->pids[i])
			let_go(kin, &kin->held[i]);
}

/* The directory first: that its stat can be read when the pidfd is there says that both are one's. */
static int open_both(struct kin *kin, pid_t pid, struct kin_process *out)
{
	char name[PROC_NAME_MAX];
	snprintf(name, sizeof(name), "%d", pid);
	out->dir_fd = openat(kin->proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (out->dir_fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	out->pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (out->pid_fd >= 0)
		return 0;
	kin->is_on = errno != ENOSYS; /* valgrind 3.19 */
	/* Of a thread that leads no process: EINVAL, since Linux 6.9 ENOENT. */
	int error = errno == EINVAL || errno == ENOENT ? -ECHILD : -errno;
	close(out->dir_fd);
	return error;
}

static int read_self(const struct kin *kin, pid_t pid, struct kin_process *out)
{
	struct procstat stat;
	int error = procstat_read(out->dir_fd, "stat", kin->ns_per_tick, &stat);
	if (error < 0)
		return error == -ENOENT ? -ESRCH : error;
	if (stat.is_dead)
		return -ESRCH;
	out->process = (struct process){pid, stat.start_ns};
	out->parent = (struct process){stat.parent, -1};
	return 0;
}

/* A free place, or that of the process which was used longest ago. */
static unsigned place(struct kin *kin)
{
	unsigned oldest = 0;
	for (unsigned i = 0; i < KIN_MAX; i++) {
		if (!kin->pids[i])
			return i;
		if (kin->held[i].used < kin->held[oldest].used)
			oldest = i;
	}
	let_go(kin, &kin->held[oldest]);
	return oldest;
}

struct kin_process *kin_find(struct kin *kin, pid_t pid)
{
	for (unsigned i = 0; pid > 0 && i < KIN_MAX; i++) {
		if (kin->pids[i] == pid) {
			kin->held[i].used = ++kin->uses;
			return &kin->held[i];
		}
	}
	return NULL;
}

int kin_get(struct kin *kin, pid_t pid, struct kin_process **out)
{
	*out = kin_find(kin, pid);
	if (*out)
		return 0;
	unsigned at = place(kin);
	struct kin_process *process = &kin->held[at];
	int error = open_both(kin, pid, process);
	if (error < 0)
		return error;
	process->used = ++kin->uses;
	error = read_self(kin, pid, process);
	if (error < 0) {
		let_go(kin, process);
		return error;
	}
	kin->pids[at] = pid;
	*out = process;
	return 0;
}

int kin_live(struct kin *kin, struct kin_process *const *list, unsigned len)
{
	struct pollfd fds[PARTY_CHAIN_MAX + 1];
	for (unsigned i = 0; i < len; i++)
		fds[i] = (struct pollfd){.fd = list[i]->pid_fd, .events = POLLIN};
	int ended = poll(fds, len, 0);
	if (ended < 0)
		return -errno;
	for (unsigned i = 0; ended > 0 && i < len; i++)
		if (fds[i].revents)
			let_go(kin, list[i]);
	return ended == 0;
}

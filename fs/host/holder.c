/*
 * Processes under watch, each once, with a count. A pidfd says when a process has ended;
 * the start time, compared while the pidfd is open, says that it is the right one.
 */
#include "host/holder.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "host/procstat.h"
#include "host/smallfile.h"

#define COLLECT_AT_ONCE 32

/* uthash compares bytes, and struct process has some that nobody sets. */
struct key {
	int64_t pid, start_ns;
};

_Static_assert(sizeof(struct key) == 2 * sizeof(int64_t), "a key has no padding");

struct holder {
	struct key key;
	int pidfd;
	unsigned count;
	UT_hash_handle hh;
};

static struct key key_of(struct process process)
{
	return (struct key){process.pid, process.start_ns};
}

static struct holder *find(const struct holders *holders, struct process process)
{
	struct key key = key_of(process);
	struct holder *found;
	HASH_FIND(hh, holders->table, &key, sizeof(key), found);
	return found;
}

static void drop(struct holders *holders, struct holder *holder)
{
	HASH_DELETE(hh, holders->table, holder);
	/* By name: closing does not end it while a forked child has the pidfd too. */
	epoll_ctl(holders->epoll_fd, EPOLL_CTL_DEL, holder->pidfd, NULL);
	close(holder->pidfd);
	free(holder);
}

static int open_pidfd(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd >= 0)
		return fd;
	/* By now the number may be a mere thread's: EINVAL, ENOENT on newer kernels. */
	return errno == EINVAL || errno == ENOENT ? -ESRCH : -errno;
}

/* Takes the pidfd over on success only. */
static int insert(struct holders *holders, struct process process, int pidfd)
{
	struct holder *holder = calloc(1, sizeof(*holder));
	if (!holder)
		return -ENOMEM;
	holder->key = key_of(process);
	holder->pidfd = pidfd;
	holder->count = 1;
	HASH_ADD(hh, holders->table, key, sizeof(holder->key), holder);
	if (!holder->hh.tbl) {
		free(holder);
		return -ENOMEM;
	}
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = holder};
	if (epoll_ctl(holders->epoll_fd, EPOLL_CTL_ADD, pidfd, &event) < 0) {
		int error = -errno;
		HASH_DELETE(hh, holders->table, holder);
		free(holder);
		return error;
	}
	return 0;
}

static int watch_new(struct holders *holders, int proc_fd, struct process process)
{
	SCOPED_FD fd = open_pidfd(process.pid);
	if (fd < 0)
		return fd;
	int error = procstat_verify(proc_fd, process, procstat_ns_per_tick());
	if (error < 0)
		return error;
	error = insert(holders, process, fd);
	if (error < 0)
		return error;
	fd = -1;
	return 0;
}

int holders_init(struct holders *holders)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);
	if (fd < 0)
		return -errno;
	*holders = (struct holders){.epoll_fd = fd};
	return 0;
}

void holders_release(struct holders *holders)
{
	struct holder *holder, *next;
	HASH_ITER (hh, holders->table, holder, next) {
		drop(holders, holder);
	}
	close(holders->epoll_fd);
	*holders = (struct holders){.epoll_fd = -1};
}

int holder_watch(struct holders *holders, int proc_fd, struct process process)
{
	struct holder *holder = find(holders, process);
	if (!holder)
		return watch_new(holders, proc_fd, process);
	int error = procstat_verify(proc_fd, process, procstat_ns_per_tick());
	if (error < 0)
		return error;
	holder->count++;
	return 0;
}

void holder_unwatch(struct holders *holders, struct process process)
{
	struct holder *holder = find(holders, process);
	if (holder && --holder->count == 0)
		drop(holders, holder);
}

bool holder_is_watched(const struct holders *holders, struct process process)
{
	return find(holders, process) != NULL;
}

size_t holders_collect(struct holders *holders, struct process *dead, size_t max)
{
	struct epoll_event events[COLLECT_AT_ONCE];
	size_t len = 0;
	while (len < max) {
		size_t room = max - len < COLLECT_AT_ONCE ? max - len : COLLECT_AT_ONCE;
		int ready = epoll_wait(holders->epoll_fd, events, (int)room, 0);
		if (ready <= 0)
			break;
		for (int i = 0; i < ready; i++) {
			struct holder *holder = events[i].data.ptr;
			dead[len++] =
				(struct process){(pid_t)holder->key.pid, holder->key.start_ns};
			drop(holders, holder);
		}
	}
	return len;
}

/*
 * Watches processes that leases are bound to: a pidfd each, in the loop's epoll.
 */
#ifndef HOST_HOLDER_H
#define HOST_HOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "lokt/lease.h"

struct holders {
	int epoll_fd;	      /* its own epoll, to be nested in the loop's */
	struct holder *table; /* uthash, private */
};

int holders_init(struct holders *holders); /* 0 or a negative errno */
void holders_release(struct holders *holders);

/*
 * Watches the process (counted: one call, one holder_unwatch). 0; -ESRCH when it is dead
 * already, a zombie, or another process has its pid; else a negative errno. The start time is
 * compared through proc_fd after the pidfd was opened.
 */
int holder_watch(struct holders *holders, int proc_fd, struct process process);
void holder_unwatch(struct holders *holders, struct process process);
bool holder_is_watched(const struct holders *holders, struct process process);

/*
 * Takes processes that have ended off the table, at most max, into dead; returns how many.
 * Never blocks.
 */
size_t holders_collect(struct holders *holders, struct process *dead, size_t max);

#endif

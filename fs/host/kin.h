/*
 * Callers and their ancestors, each held by a pidfd and by its directory in /proc. While the pidfd
 * says that it lives, its pid is its own and its start is what it was; and its parent is who it was
 * as long as that one lives too, for a process gets another parent only when its own has ended. So
 * a chain of ancestors costs one poll(2), and a stat each, instead of three files each. What may
 * change in a living process (uid, environment) is asked afresh, always.
 *
 * Only where /proc is the kernel's and this process's own.
 */
#ifndef HOST_KIN_H
#define HOST_KIN_H

#include <stdbool.h>
#include <stdint.h>

#include "lokt/lease.h"

#define KIN_MAX 68 /* processes held at a time, by two descriptors each; more than a chain has */

struct kin_process {
	struct process process;
	struct process parent; /* start_ns -1: it was not looked at yet */
	int dir_fd;	       /* /proc/PID, O_PATH */
	int pid_fd;
	uint64_t used; /* when: kin->uses then */
};

struct kin {
	bool is_on;
	int proc_fd; /* borrowed */
	int64_t ns_per_tick;
	uint64_t uses;
	pid_t pids[KIN_MAX]; /* 0: free; apart from the rest, for the search */
	struct kin_process held[KIN_MAX];
};

/* Looks whether proc_fd will do; remembers nothing if not. */
void kin_init(struct kin *kin, int proc_fd, int64_t ns_per_tick);
void kin_release(struct kin *kin);

/*
 * The process whose leader is thread `pid`, held until PARTY_CHAIN_MAX others are asked for. It
 * lived when it was first held: kin_lives() says whether it does. 0; -ESRCH: there is none; -ECHILD:
 * no leader; or another negative errno.
 */
int kin_get(struct kin *kin, pid_t pid, struct kin_process **out);

/* The same if it is held already; NULL. */
struct kin_process *kin_find(struct kin *kin, pid_t pid);

/* 1: all of them live, as of now. 0: some do not, and are let go. Or a negative errno. */
int kin_live(struct kin *kin, struct kin_process *const *list, unsigned len);

#endif

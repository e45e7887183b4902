/*
 * Who is calling: read from a /proc directory, afresh for each request that decides
 * something, while the caller is blocked in it. Remembered are login names, for a minute that there
 * is none, and what cannot change in a process that lives (kin.h).
 */
#ifndef HOST_IDENTITY_H
#define HOST_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/kin.h"
#include "lokt/lease.h"

struct identity {
	int proc_fd;		  /* an open /proc (or a fixture) */
	char host[OWNER_MAX + 1]; /* this machine's name */
	struct login *logins;	  /* uid → login name, private */
	int64_t ns_per_tick;
	struct kin kin;
};

/* proc_path: "/proc" or a fixture's. 0 or a negative errno. */
int identity_init(struct identity *identity, const char *proc_path);
void identity_release(struct identity *identity);

/*
 * The party of a caller: thread `tid` (as in fuse_ctx.pid; 0 when it can't be seen) with
 * uid. Chain: its process, then its ancestors up to but excluding pid 1, the first of
 * another uid, and one that started after its child (a recycled pid). Owner and agent id
 * from its environ as it is now; unreadable: not explicit. An empty variable counts as
 * unset. One that is set but not text_is_clean(…, OWNER_MAX) is -EINVAL. tid 0 gives a
 * party with an empty chain.
 * 0 and one reference in *out; -EINVAL; -ESRCH when the caller has vanished; -ENOMEM.
 */
int identity_read(struct identity *identity, pid_t tid, uid_t uid, struct party **out);

/* The process of thread tid, without the rest; pid 0 when it cannot be seen. */
struct process identity_process(struct identity *identity, pid_t tid);

/* The process that thread tid means by pid, see pidns.h; pid 0 when it cannot be found. */
struct process identity_meant(struct identity *identity, pid_t tid, pid_t pid);

/* The process lives: the pid exists, has that start, and is no zombie. */
bool identity_is_alive(struct identity *identity, struct process process);

/*
 * Index of the nearest process of the chain that still lives, beginning at `from` (those
 * before it are known to be dead); chain_len when none does.
 */
unsigned identity_nearest_living(struct identity *identity, const struct party *party,
				 unsigned from);

#endif

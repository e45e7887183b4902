/*
 * Child processes for the loop: started without a terminal, fed from memory, read up to a
 * bound, ended with all of their group at a time limit. Nothing here blocks but the start itself.
 */
#ifndef HOST_SPAWN_H
#define HOST_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lokt/text.h"

/*
 * state      meaning                              left by
 * running    the process or its output is open    children_collect(): exit and both ends of file,
 *                                                 or the time limit (its group is killed)
 * finished   returned by collect; caller's        child_free()
 */
struct child {
	pid_t pid;
	int pid_fd;
	int out_fd, err_fd;   /* our ends, -1 when at their end */
	struct text out, err; /* NUL-terminated once anything came */
	size_t out_max;	      /* more than that ends the child: is_too_long */
	int64_t deadline_ns;  /* monotonic */
	int status;	      /* as of waitpid, once finished */
	bool has_exited;
	bool is_too_late;
	bool is_too_long;
	struct child *prev, *next;
};

struct children {
	int epoll_fd; /* to be nested in the loop's */
	struct child *running;
};

int children_init(struct children *children); /* 0 or a negative errno */

/* Kills the group of every child and reaps it. */
void children_release(struct children *children);

/*
 * Starts argv[0] (found on PATH of envp) in its own session, default signal dispositions and no
 * blocked signals, in directory dir (NULL: /), stdin from the bytes, all other descriptors closed.
 * Cheap for a large parent (posix_spawn). 0 with *out borrowed until it is collected; or a
 * negative errno.
 */
int child_start(struct children *children, const char *dir, char *const argv[], char *const envp[],
		const char *input, size_t len, size_t out_max, int64_t deadline_ns,
		struct child **out);

/*
 * Reads what there is, ends what is late at now_ns, and takes one finished child off the list;
 * NULL when none has finished. At most 64 KiB of err are kept, the rest is read and dropped.
 */
struct child *children_collect(struct children *children, int64_t now_ns);

/* When children_collect() must be called by the clock alone; INT64_MAX never. */
int64_t children_deadline(const struct children *children);

/* Exited by itself with status 0, whole output read. */
bool child_is_good(const struct child *child);

/*
 * One clean line for a log: "git push: exit status 128: fatal: …" or "… took too long"; the first
 * telling line of its stderr, control characters removed.
 */
void child_describe(const struct child *child, const char *what, char *out, size_t cap);

void child_free(struct child *child); /* NULL is fine */

#endif

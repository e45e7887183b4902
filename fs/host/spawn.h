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
 * running    the process lives                    children_collect(): it has exited. At the time
 *                                                 limit its group is asked to end, so that git
 *                                                 can remove its lock files, and killed soon
 *                                                 after; past out_max it is killed at once
 * finished   returned by collect; caller's        child_free()
 *
 * What it has written by its exit is read; what processes it left behind write later is not.
 */
struct child {
	pid_t pid;
	int pid_fd;
	int out_fd, err_fd;   /* our ends, -1 when at their end */
	struct text out, err; /* NUL-terminated once anything came; data NULL before */
	size_t out_max;	      /* more than that ends the child: is_too_long; out has out_max */
	int64_t deadline_ns;  /* monotonic; once is_too_late: when its group is killed */
	int status;	      /* as of waitpid, once finished */
	bool has_exited;
	bool is_too_late;
	bool is_killed; /* for that */
	bool is_too_long;
	struct child *prev, *next;
};

struct children {
	int epoll_fd; /* to be nested in the loop's */
	struct child *running;
};

/*
 * 0 or a negative errno. SIGCHLD is no longer ignored from then on, because ignored children have
 * no exit status.
 */
int children_init(struct children *children);

/* Asks the group of every child to end, kills it where it has not soon, and reaps the child. */
void children_release(struct children *children);

/*
 * Starts argv[0] (a path, or a name to find in the absolute directories of envp's PATH) in its own
 * session, default signal dispositions and no blocked signals, in directory dir (NULL: /), stdin
 * from the bytes, all other descriptors closed. Cheap for a large parent (posix_spawn). 0 with *out
 * borrowed until it is collected; -ENOENT when there is no such program (or dir); or another
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

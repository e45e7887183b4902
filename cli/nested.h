/*
 * Guards inside a guard of the same name: how they find it (LOKT_HELD), how they run one at
 * a time, and how it learns that the last of them has ended. The lease itself is hold.h's.
 *
 * Each guard has a ring, a memory file that its command inherits, with two locks on it:
 * byte   held by                                    means
 * SEAT   every guard nested directly in it, shared  it is not yet over
 * TURN   the nested guard whose command runs        the others wait
 * They are locks of open file descriptions, so they behave as the lease does: they end with
 * the last descriptor, whoever was killed, and an explicit unlock ends them at once whatever
 * a background process has inherited. A guard nested deeper joins the ring next above it.
 */
#ifndef CLI_NESTED_H
#define CLI_NESTED_H

#include <stdbool.h>
#include <sys/types.h>

#include "lokt/lease.h"
#include "timelimit.h"

struct nested_guard {
	char name[RESOURCE_NAME_MAX + 1]; /* encoded */
	char lock_id[LOCK_ID_LEN + 1];
	pid_t pid;
	int ring_fd; /* its number in that process, and in those that kept it */
};

/*
 * The guards that this process is inside of, one a call, the innermost first; *list begins NULL.
 * False at the end.
 */
bool nested_next(const char **list, struct nested_guard *out);

/* Puts this process's guard into LOKT_HELD. 0 or -ENOMEM. */
int nested_export(const struct nested_guard *guard);

/* A ring of this process's own: a descriptor (close on exec), or a negative errno. */
int nested_ring_new(const char *lock_id);

/*
 * A seat in that guard's ring, once it is certain that the guard is not just ending: a descriptor
 * (close on exec); -ENOENT when it has ended or cannot be reached; or another negative errno.
 */
int nested_sit(const struct nested_guard *guard, const struct timelimit *limit);

/* Waits for the turn: 0, or -ETIMEDOUT, or another negative errno. */
int nested_take_turn(int seat_fd, const struct timelimit *limit);

/* Gives seat and turn back, whoever has inherited the descriptor, and closes it. */
void nested_leave(int seat_fd);

/* True: nobody is nested any more, and whoever comes waits for nested_ring_end(). */
bool nested_ring_closes(int ring_fd);

/* Blocks until that is so. */
void nested_await_close(int ring_fd);

/* Whoever comes from now on finds a ring that is no more. Closes it. */
void nested_ring_end(int ring_fd);

#endif

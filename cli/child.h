/*
 * Guard's command: made first, started once its lock is complete, watched until it ends. It
 * stays in guard's own process group, so that a terminal, a shell's job control and whoever
 * kills a whole group treat the two as the one job that they are.
 */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "nested.h"

/* The signals that guard sees to itself, and how they were before. */
struct child_signals {
	sigset_t caught; /* blocked in guard, taken by sigtimedwait(2) */
	sigset_t mask;
	struct sigaction on_child;
};

/* From here on no signal of the set ends or stops this process. */
void child_signals_begin(struct child_signals *signals);
void child_signals_end(const struct child_signals *signals);

struct child {
	pid_t pid;
	int go_fd; /* its start; -1 once it has been given */
};

/* What the command gets with its start, for it may have been made before this was there. */
struct child_start {
	struct nested_guard guard; /* for LOKT_HELD; its ring is inherited */
	int held_fd;		   /* inherited; -1: none */
	bool has_held;		   /* the process was made when held_fd was open already */
};

/*
 * A process that waits for child_start() and ends if we do. It will inherit the descriptor (-1:
 * none) and get back the signals that were there before. 0 or a negative errno.
 */
int child_make(struct child *child, char **argv, int inherited_fd,
	       const struct child_signals *signals);
void child_start(struct child *child, const struct child_start *start);

/* Ends one that was not started. */
void child_abandon(struct child *child);

/*
 * What has become of it: true when it has ended, with the exit status as a shell has it and the
 * signal that ended it, or 0. *stopped_by: the signal that stopped it, or 0.
 */
bool child_has_ended(const struct child *child, int *status, int *killed_by, int *stopped_by);

/* Stops this process as its command was, so that the shell gets its terminal back. */
void child_stop_likewise(int stopped_by, const struct child_signals *signals);

#endif

/*
 * A limit on a blocking system call: once time is up it comes back with EINTR, and again and
 * again, so that a call which had not yet begun is caught as well.
 */
#ifndef CLI_TIMELIMIT_H
#define CLI_TIMELIMIT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct timelimit {
	int64_t until_ms;	 /* CLOCK_MONOTONIC */
	struct sigaction action; /* SIGALRM's, as it was */
	sigset_t mask;		 /* as it was */
};

/* The machine's monotonic clock. */
int64_t timelimit_now_ms(void);

/* One at a time in a process; ends with timelimit_end(). */
void timelimit_begin(struct timelimit *limit, int64_t ms);
int64_t timelimit_left_ms(const struct timelimit *limit); /* 0 at least */
void timelimit_end(const struct timelimit *limit);

#endif

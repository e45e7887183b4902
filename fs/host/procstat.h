/*
 * The one piece of code that understands /proc/PID/stat: is a process alive, since when,
 * and who is its parent. identity.c and holder.c ask; nothing is remembered.
 */
#ifndef HOST_PROCSTAT_H
#define HOST_PROCSTAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lokt/lease.h"

/* Room for "4294967295/status" and the like. */
#define PROC_NAME_MAX 32

struct procstat {
	bool is_dead; /* a zombie, or going */
	pid_t parent;
	int64_t start_ns;
};

/* Nanoseconds in one of the ticks that stat counts in. */
int64_t procstat_ns_per_tick(void);

/* The text of a stat file. 0 or -EBADMSG. */
int procstat_parse(const char *text, int64_t ns_per_tick, struct procstat *out);

/* path: "stat" in a process's directory, or "PID/stat" in /proc. 0 or a negative errno. */
int procstat_read(int dir_fd, const char *path, int64_t ns_per_tick, struct procstat *out);

/* 0 when that very process lives; -ESRCH when it does not; else why that cannot be told. */
int procstat_verify(int proc_fd, struct process process, int64_t ns_per_tick);

#endif

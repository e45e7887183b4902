/*
 * What the processes of one mount hand on over an exec, in one variable of the environment: which
 * part the new program plays, and the descriptors that the mount lives by. The same descriptors for
 * every part, so that whoever is left can start what is missing.
 */
#ifndef INHERIT_H
#define INHERIT_H

#include <stdbool.h>
#include <sys/types.h>

enum role {
	ROLE_STARTER,	 /* what a user starts: nothing is inherited */
	ROLE_WORKER,	 /* serves the mount */
	ROLE_SUPERVISOR, /* takes over the care for the worker `peer` */
	ROLE_PROBE,	 /* only says whether this program could be the worker */
	ROLE_COUNT
};

struct inherit {
	enum role role;
	int fuse_fd;
	int area_fd; /* host/area.h */
	int root_fd; /* the ROOT, and its lock */
	int lock_fd;
	int mountpoint_fd; /* keeps other daemons off the directory under the mount */
	int log_fd;
	int ready_fd;	 /* told once the mount answers; -1: nobody asks */
	pid_t peer;	 /* ROLE_SUPERVISOR: the worker; else who started this */
	bool is_upgrade; /* ROLE_SUPERVISOR: the worker is of an older program, end it */
};

/* This process was started by another one of the same mount. */
bool inherit_is_there(void);

/*
 * What this process was started with; the variable is taken out of the environment and each
 * descriptor is made close-on-exec. 0; -EINVAL when the variable makes no sense.
 */
int inherit_take(struct inherit *inherit);

/*
 * Starts `program` with argv and what is to be inherited, in a process of its own. Its pid, or a
 * negative errno. Safe where other threads run.
 */
pid_t inherit_spawn(const struct inherit *inherit, const char *program, char *const argv[]);

/* The same in this process's place; returns only a negative errno. */
int inherit_exec(const struct inherit *inherit, const char *program, char *const argv[]);

#endif

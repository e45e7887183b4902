/*
 * The four variables of a caller's environment that say who it wants to be. Read from
 * /proc/PID/environ in bounded memory, whatever its size.
 */
#ifndef HOST_CALLENV_H
#define HOST_CALLENV_H

#include <stdbool.h>

#include "lokt/lease.h"

enum callenv_name { CALLENV_OWNER, CALLENV_AGENT_ID, CALLENV_HOST, CALLENV_ACTOR, CALLENV_COUNT };

struct callenv {
	bool is_seen[CALLENV_COUNT];		  /* the first occurrence counts */
	char value[CALLENV_COUNT][OWNER_MAX + 1]; /* "": unset */
};

/*
 * Reads `environ` in a process's directory. One that may not be read leaves everything unset.
 * 0; -EINVAL when one of the four holds what it may not, or the whole is over 16 MiB;
 * else a negative errno. *out untouched on failure.
 */
int callenv_read(int dir_fd, struct callenv *out);

#endif

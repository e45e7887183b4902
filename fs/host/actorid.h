/*
 * The actor of a lease whose maker gave none: made from who and where its holder is, so that
 * everyone on the machine shows the same.
 */
#ifndef HOST_ACTORID_H
#define HOST_ACTORID_H

#include <sys/types.h>

#include "lokt/actor.h"

#define MACHINE_ID_MAX 256

/* /etc/machine-id; without one (some containers) the host name. */
void actorid_machine(char out[MACHINE_ID_MAX]);

/* The first 32 hex digits of SHA-256 over the four, a NUL behind each. */
void actorid_derive(const char *machine, uid_t uid, const char *owner, const char *host,
		    char out[ACTOR_LEN + 1]);

#endif

/*
 * An actor: 32 hex digits by which grite shows whose a lock is. For display only; who may do
 * what is decided by the party (lease.h).
 */
#ifndef LOKT_ACTOR_H
#define LOKT_ACTOR_H

#include <stdbool.h>

#define ACTOR_LEN 32

/* Exactly 32 hex digits, made lower case. False, and *out untouched, for anything else. */
bool actor_parse(const char *text, char out[ACTOR_LEN + 1]);

#endif

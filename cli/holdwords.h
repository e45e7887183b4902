/*
 * What guard says of a lease that it cannot get.
 */
#ifndef CLI_HOLDWORDS_H
#define CLI_HOLDWORDS_H

#include "command.h"
#include "lokt/request_json.h"

/* How to end the lease in the way, where it is the caller's own. */
void holdwords_hint(const struct answer_view *answer);

/* A refusal; releases the answer. Returns the exit status. */
int holdwords_tell(const struct call *call, struct answer_view *answer);

/* A failure of the world, by its negative errno. Returns the exit status. */
int holdwords_error(const struct call *call, int error);

#endif

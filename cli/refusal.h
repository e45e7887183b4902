/*
 * How a refused operation is told: sentence, hints, the "blocked" document, exit status.
 */
#ifndef CLI_REFUSAL_H
#define CLI_REFUSAL_H

#include "command.h"
#include "lokt/request_json.h"

/* The answer is not ok; op is what was asked. Returns the exit status. */
int refusal_tell(const struct call *call, enum ask_op op, const struct answer_view *answer);

/* The answer did not come at all: a negative errno. Returns the exit status. */
int refusal_tell_error(int error);

#endif

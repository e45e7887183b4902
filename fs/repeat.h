/*
 * A request whose answer was never sent comes back when a worker has died. What of it an earlier
 * worker had written down is not done again, but answered from the journal.
 */
#ifndef REPEAT_H
#define REPEAT_H

#include "serve.h"

/*
 * The request that came back has done this already: true with *out, and *token of the lease, which
 * may have ended since. Asked for every part of it that changes something. False also while nothing
 * came back.
 */
bool repeat_find(struct serve *serve, const struct request *request, struct outcome *out,
		 uint64_t *token);

#endif

/*
 * How a mount stands with the repository and the remote that mirror its shared leases, as
 * status.json tells it under "shared":
 *
 *   {"mode":"off|async|strict","repository":PATH,"remote":NAME,"last_sync":RFC3339,
 *    "error":TEXT,"pending":N}
 *
 * where there is nothing to tell, "repository", "remote", "last_sync" and "error" are absent.
 */
#ifndef LOKT_SHARED_JSON_H
#define LOKT_SHARED_JSON_H

#include <limits.h>

#include "lokt/shared_option.h"
#include "lokt/text.h"

#define SHARED_ERROR_MAX 511 /* bytes */

struct shared_state {
	enum shared_mode mode;
	char repository[PATH_MAX]; /* the common directory; "": ROOT is in none */
	char remote[REMOTE_NAME_MAX + 1];
	int64_t last_sync_wall_ns;	  /* when the remote last answered; 0: never */
	char error[SHARED_ERROR_MAX + 1]; /* what ails it now; "": nothing */
	uint64_t pending;		  /* locks here that the remote has yet to be told of */
};

/* The object, no newline. What may not stand in a line is written as blanks. */
void shared_json_write(struct text *out, const struct shared_state *state);

/*
 * What a status document says under "shared". 0; -ENOENT when it has no such key; -EINVAL for
 * what is no such document, -ENOMEM; *out untouched on failure.
 */
int shared_json_read(const char *text, size_t len, struct shared_state *out);

#endif

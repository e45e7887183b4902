/*
 * Releases that name no single resource: all of an owner, all of the caller.
 */
#ifndef FUSE_ASK_ALL_H
#define FUSE_ASK_ALL_H

#include "fuse/mount.h"
#include "lokt/request_json.h"

/*
 * Releases every unbound lease that the scope covers and the party may release; their names as a
 * JSON array. Returns the journal position of the last. *error: 0, or a positive errno when one or
 * more of them could not be released.
 */
uint64_t ask_release_all(struct mount *mount, struct party *party, const struct ask *ask,
			 struct text *names, int *error);

#endif

/*
 * What must be so before a request is served: what is due has happened, and what the kernel remembers
 * does not contradict what it will be told.
 *
 * Of very many ends that are due at once a slice is carried out at a time (settle.h); before a
 * request is served, those that it could see are carried out too.
 */
#ifndef FUSE_CATCHUP_H
#define FUSE_CATCHUP_H

#include <linux/fuse.h>

#include "fuse/mount.h"

void catchup_for(struct mount *mount, const struct fuse_in_header *request);

/*
 * The kernel carries a CREATE or UNLINK out under the directory's lock, after our answer: the next such
 * request, or one about what was made, shows that it has. Any other may tell of the change to somebody
 * who would then see the old state by name.
 */
void catchup_entry(struct mount *mount, const struct fuse_in_header *request);

#endif

/*
 * Of very many ends that are due at once a slice is carried out at a time (settle.h); before a
 * request is served, those that it could see are carried out too.
 */
#ifndef FUSE_CATCHUP_H
#define FUSE_CATCHUP_H

#include <linux/fuse.h>

#include "fuse/mount.h"

void catchup_for(struct mount *mount, const struct fuse_in_header *request);

#endif

/*
 * What reading a file in the mount gives: a lease's JSON, the status document.
 */
#ifndef FUSE_RENDER_H
#define FUSE_RENDER_H

#include "fuse/mount.h"

/* The lease's JSON and a newline. */
void render_lease(struct text *out, const struct lease *lease);
off_t render_lease_size(const struct lease *lease);

/* status.json: one consistent snapshot of everything. */
void render_status(struct mount *mount, struct text *out);

/* Who waits for the resource, first to last. */
void render_queue(struct mount *mount, const struct resource *resource, struct text *out);

/* Counters in Prometheus' text format. */
void render_metrics(struct mount *mount, struct text *out);

/* st_size of a fixed file beyond what its row says: the audit log's. Others are streams: 0. */
off_t render_fixed_size(struct mount *mount, uint64_t ino);

#endif

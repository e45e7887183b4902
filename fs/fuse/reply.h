/*
 * Small ways to answer the kernel: verdicts as errnos, entries and attributes of nodes.
 * How long the kernel may remember them is cached.h's.
 */
#ifndef FUSE_REPLY_H
#define FUSE_REPLY_H

#include "fuse/mount.h"

static inline struct mount *mount_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

/* The positive errno of an outcome, 0 for OK. */
int outcome_errno(const struct outcome *outcome);

/* stat of any node; false when what it stood for has ended. */
bool fill_attr(struct mount *mount, uint64_t ino, struct stat *attr);

/* The entry of a node; false as above. */
bool fill_entry(struct mount *mount, uint64_t ino, struct fuse_entry_param *entry);

/* There is no such name in that directory. */
void reply_no_entry(fuse_req_t req, uint64_t parent, const char *name);

/* may_remember: not in answer to SETATTR, whose attributes the kernel takes for the newest. */
void reply_attr(fuse_req_t req, uint64_t ino, bool may_remember);

/* size bytes of text from offset, as READ wants them. */
void reply_text(fuse_req_t req, const struct text *text, size_t offset, size_t size);

/*
 * The caller's party: 0 and a reference in *party, or a positive errno.
 */
int caller_party(fuse_req_t req, struct party **party);

#endif

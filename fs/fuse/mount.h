/*
 * One mount as its FUSE handlers see it: the door, the open files, the requests that
 * wait. Made by daemon.c, driven by loop.c.
 */
#ifndef FUSE_MOUNT_H
#define FUSE_MOUNT_H

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

#include "fuse/channel.h"
#include "fuse/files.h"
#include "fuse/parked.h"
#include "serve.h"

struct mount {
	struct serve *serve;
	struct files files;
	struct parked parked;
	struct fuse_session *session;
	struct channel channel;
	uint64_t unique;       /* of the request being served: its handle, if it opens one */
	bool is_durable;       /* replies await the disk */
	int64_t wait_limit_ns; /* how long a request may stay unanswered; 0: for ever */
	uint64_t synced;       /* journal position that the disk has */
	uid_t uid;	       /* who mounted */
	gid_t gid;
	time_t since;
	bool is_live; /* the kernel has said hello */
};

/* The session's operations; userdata is a struct mount. */
const struct fuse_lowlevel_ops *mount_ops(void);

/*
 * Answers an open. Who is gone has no use for the file; who opened it through an earlier worker has
 * been told already, and holds it.
 */
void mount_answer_open(struct mount *mount, fuse_req_t req, const struct fuse_file_info *info,
		       struct file *file);

/*
 * Memory is out where that may not show: ends this worker, and the next one serves the request.
 * Not for want of anything that a new process would want, too.
 */
_Noreturn void mount_leave_to_next(void);

/* Tells the waiters that the last turn has answered. */
void mount_answer_settled(struct mount *mount);

/* The disk has everything up to position, or has failed (error < 0) for good. */
void mount_synced(struct mount *mount, uint64_t position, int error);

#endif

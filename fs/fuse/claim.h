/*
 * Claims and their ends as file operations: create, open, unlink, flock, and options
 * written or set through a descriptor. One function a FUSE operation, and what they share.
 */
#ifndef FUSE_CLAIM_H
#define FUSE_CLAIM_H

#include "fuse/mount.h"

void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *fi);
void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);
/* The open file has been given another lease than the one that its inode stands for. */
void flock_stands_for(struct mount *mount, struct file *file, uint64_t token);
void flock_take_back(struct mount *mount, uint64_t handle);
void op_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, int op);
void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		struct fuse_file_info *fi);

/* What a lease's or renew/'s file is written: appends to file->in, acts when it is whole. */
void claim_write_options(fuse_req_t req, struct file *file, const char *bytes, size_t size);

/* A positive errno when what was written so far is no whole option; the claim is withdrawn. */
int claim_end_options(fuse_req_t req, struct file *file);

/*
 * The last close: an option that was never finished withdraws the claim; `: > renew/NAME` says by its end that nothing was written. A shell closes the descriptor that it
 * opened before it writes through a copy, so only the last close tells.
 */
void claim_close(struct mount *mount, struct file *file);

/* Nobody can be told of this lease: takes it back, and forgets the handle, which has no close. */
void claim_undo(struct mount *mount, uint64_t token, uint64_t handle);

/* Takes back the lease that this handle made, if it made one. */
void claim_withdraw(struct mount *mount, uint64_t handle);

/* The process that outlives the call, for one that a tool of a moment makes. */
struct process claim_holder(const struct party *party);

/* The remote has the lease that a CREATE made, or the claim came to nothing: answers it. */
void claim_settled(struct mount *mount, struct waiting *waiting, const struct settled *settled);

#endif

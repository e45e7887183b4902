/*
 * Requests that are not answered in their turn: those that await the disk, by journal
 * position, and those that wait in the engine's queue, by waiter. The only file that knows
 * that a waiter is a fuse_req_t.
 */
#ifndef FUSE_PARKED_H
#define FUSE_PARKED_H

#ifndef FUSE_USE_VERSION
#define FUSE_USE_VERSION 312
#endif
#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "lokt/resource.h"

enum reply_kind { REPLY_ERROR, REPLY_WRITE, REPLY_CREATE, REPLY_READ };

/* An answer that is ready but for the disk. */
struct reply {
	enum reply_kind kind;
	fuse_req_t req;
	uint64_t position; /* told when the disk has this */
	int error;	   /* REPLY_ERROR: positive errno or 0 */
	size_t written;	   /* REPLY_WRITE */
	size_t size;	   /* REPLY_READ: at most so much of the handle's content */
	uint64_t token;	   /* what to withdraw if this can never be told; 0 nothing */
	bool is_end;	   /* of a lease: so it stands, whatever becomes of the disk */
	uint64_t handle;   /* REPLY_READ, REPLY_CREATE */
	struct fuse_entry_param entry;
	struct fuse_file_info info;
	struct reply *prev, *next;
};

enum waiting_kind {
	WAITS_ASK,    /* a request file's claim or sync, whose req is a READ */
	WAITS_FLOCK,  /* a flock(2) */
	WAITS_CREATE, /* a CREATE whose lease the remote has to take first */
};

/* What a CREATE asked for. */
struct creating {
	struct fuse_file_info info;
	struct resource resource;
};

/* What is answered later (the engine's queue, the remote), and the request that waits for it. */
struct waiting {
	enum waiting_kind kind;
	uint64_t waiter;
	uint64_t handle;
	fuse_req_t req;		   /* NULL: nobody reads the request file yet */
	size_t size;		   /* of the parked READ */
	struct creating *creating; /* WAITS_CREATE; else NULL: flocks are many */
	int64_t since_ns;	   /* when req began to wait */
	UT_hash_handle hh;
};

struct parked {
	struct reply *replies; /* in order of position */
	struct waiting *waiting;
};

struct mount;

/* Sends the reply now, or when the disk has its position. Takes a copy. */
void parked_reply(struct mount *mount, const struct reply *reply);

/* Highest position that a reply awaits; 0 none. */
uint64_t parked_wanted(const struct parked *parked);

/* The disk has everything up to position; error < 0: it never will. */
void parked_synced(struct mount *mount, uint64_t position, int error);

/*
 * Makes a signal able to take req out of its wait; to be called before the wait begins.
 * False: the signal has come already, and req was answered with EINTR.
 */
bool parked_interruptible(fuse_req_t req, uint64_t waiter);

/* req NULL: of a request file that nobody reads yet. NULL when memory is out. */
struct waiting *parked_add(struct mount *mount, enum waiting_kind kind, uint64_t waiter,
			   uint64_t handle, fuse_req_t req);
struct waiting *parked_find(const struct parked *parked, uint64_t waiter);
void parked_remove(struct mount *mount, struct waiting *waiting);

/*
 * Ends requests that have waited for mount->wait_limit_ns: the kernel would end the whole
 * connection (fs.fuse.max_request_timeout, since Linux 6.15). A flock fails with ETIMEDOUT, since
 * EINTR without a signal comes out of the kernel as 512 (ERESTARTSYS); a READ with EINTR, and may
 * be repeated. Returns when this has to be called next, a monotonic time, or LEASE_NEVER.
 */
int64_t parked_refresh(struct mount *mount);

void parked_release(struct mount *mount);

#endif

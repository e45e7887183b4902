/*
 * Inode numbers and the things they stand for: a fixed table of control files, and kinds
 * of entries that stand for a lease or a freeze by its token.
 *
 * A node id is kind << 56 | token; a lease's is its token alone, so that ls -i shows the
 * fencing token. Fixed files have small numbers, below TOKEN_FIRST.
 */
#ifndef FUSE_NODES_H
#define FUSE_NODES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "engine/engine.h"
#include "lokt/lease.h"

enum fixed_ino {
	INO_ROOT = 1,
	INO_CONTROL,
	INO_HERE,
	INO_FREEZES,
	INO_RENEW,
	INO_FORCE,
	INO_FORCE_LOCKS,
	INO_FORCE_FREEZES,
	INO_STALE,
	INO_QUEUE,
	INO_REQUEST,
	INO_STATUS,
	INO_AUDIT,
	INO_METRICS,
	INO_FIXED_END
};

/* What an entry that is named after a lease lets one do. */
enum node_kind {
	NODE_LEASE,
	NODE_FREEZE,
	NODE_RENEW,	   /* touch renews */
	NODE_FORCE_LOCK,   /* rm breaks */
	NODE_FORCE_FREEZE, /* likewise a freeze */
	NODE_STALE,	   /* rm breaks a stale lease */
	NODE_QUEUE,	   /* who waits; by the lease's token */
	NODE_QUEUE_AHEAD,  /* the same where no lease has that name: by its first waiter */
	NODE_NONE,	   /* the directory has no such entries */
	NODE_FIXED	   /* a control file */
};

struct fixed_node {
	uint64_t ino;
	uint64_t parent;
	const char *name;
	mode_t mode;		/* type and permissions */
	enum node_kind entries; /* of a directory: the kind of what it holds */
	bool is_listed;		/* readdir shows the entries */
};

/* The row of a fixed inode; NULL for anything else. */
const struct fixed_node *node_fixed(uint64_t ino);
const struct fixed_node *node_fixed_child(uint64_t parent, const char *name);

enum node_kind node_kind(uint64_t ino);
uint64_t node_token(uint64_t ino);
uint64_t node_of(enum node_kind kind, uint64_t token);

/* The kind stands for a freeze, not a lease. */
bool node_is_freeze(enum node_kind kind);

/*
 * The node of name in a directory: 0 when there is none (also for a name that no resource can
 * have: a look-up must say ENOENT there, editors ask for their dot-files first).
 */
uint64_t node_lookup(const struct engine *engine, uint64_t parent, const char *name);

/* The name of what a queue entry is about; NULL when nobody holds it or waits any more. */
const char *node_queue(const struct engine *engine, uint64_t ino);

/* The lease behind an entry's node; NULL when it has ended or the node is fixed. */
const struct lease *node_lease(const struct engine *engine, uint64_t ino);

/* stat of a fixed file, for the user who mounted. */
void node_fixed_attr(const struct fixed_node *node, uid_t uid, gid_t gid, time_t since,
		     struct stat *attr);

/* stat of a queue entry: a stream, as long as it is. */
void node_queue_attr(uint64_t ino, uid_t uid, gid_t gid, struct stat *attr);

/* stat of an entry: owner and times are the lease's; size is the caller's to set. */
void node_lease_attr(uint64_t ino, const struct lease *lease, struct stat *attr);

#endif

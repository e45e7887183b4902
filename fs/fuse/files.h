/*
 * Open files, keyed by the handle: the unique number of the OPEN or CREATE that made
 * it, which the kernel never uses again in a mount. What is written to one and read from
 * it until it is closed lives here, and in host/keep.h for the next worker (files_keep.c).
 */
#ifndef FUSE_FILES_H
#define FUSE_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "host/keep.h"
#include "lokt/lease.h"
#include "lokt/text.h"

struct file {
	uint64_t handle;
	uint64_t ino;
	char *name;		/* entries only: the resource's; waiters are many, so no struct */
	struct process opener;	/* leases only: who opened it; pid 0 when not seen */
	uint64_t token;		/* the lease this handle stands for */
	uint64_t position;	/* journal position of its latest record */
	bool is_creator;	/* this very open made the lease */
	bool is_truncated;	/* renew/ opened with O_TRUNC, nothing written yet */
	bool is_partial;	/* in could still become an option */
	bool has_content;	/* out is what reads answer */
	bool is_claiming;	/* what waits is a claim: its lease is given back unread */
	bool is_granted_unread; /* a lease that was waited for, and nobody was told */
	struct text in;		/* option or request text so far */
	struct text out;	/* content, or directory entries */
	size_t read_at;		/* the request file is a stream */
	struct party *party;	/* who opened renew/ to write, or who waits; a reference, or NULL */
	uint64_t claimed;	/* a request file's claim that was not told yet: its token */
	size_t listed_to;	/* where the last READDIR ended in out, which is an entry's end */
	uint64_t listed_off;	/* the offset that this has for the kernel */
	unsigned flocks;	/* flock(2) calls on it that wait */
	bool is_node_forgotten; /* the kernel knows no attributes of ino, whose lease has ended */
	bool is_late;		/* opened just after its lease ended: stands for the name */
	uint64_t waiter;	/* the request that waits on this handle; 0 none */
	int64_t wait_until_ns;	/* how long it may; its question is in `in` */
	struct process process; /* what it would be bound to; pid 0: nothing */
	bool is_touched;	/* may differ from what is kept */
	struct file *prev, *next; /* of those touched */
	UT_hash_handle hh;
};

struct files {
	struct file *by_handle;
	struct file *touched;
	struct keep *keep; /* where they outlive us; NULL: nowhere */
};

/* NULL when memory is out, or room in the keep. */
struct file *file_new(struct files *files, uint64_t handle, uint64_t ino);
/* One that is kept already and has its room: NULL only when memory is out. */
struct file *file_again(struct files *files, uint64_t handle);
struct file *file_find(struct files *files, uint64_t handle);
/* What the entry is about; empty for other files. */
struct resource file_resource(const struct file *file);

/* False when memory is out. */
bool file_set_name(struct file *file, const char *name);

void file_free(struct files *files, struct file *file);
void files_release(struct files *files);

/* The file on that inode whose handle is that one; for stat of an inode whose lease was replaced. */
bool files_has_handle_on(struct files *files, uint64_t handle, uint64_t ino);

/* Keeps what has changed since the last time; true with the next keep_commit(). */
void files_keep(struct files *files);

/* Opens again what an earlier worker has kept. 0; -EINVAL when it cannot be understood; -ENOMEM. */
int files_restore(struct files *files);

#endif

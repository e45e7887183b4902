/*
 * Open files, keyed by the handle: the unique number of the OPEN or CREATE that made
 * it, which the kernel never uses again in a mount. What is written to one and read from
 * it until it is closed lives here.
 */
#ifndef FUSE_FILES_H
#define FUSE_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "lokt/lease.h"
#include "lokt/text.h"

struct file {
	uint64_t handle;
	uint64_t ino;
	struct resource resource; /* entries only */
	struct process opener;	  /* leases only: who opened it; pid 0 when not seen */
	uint64_t token;		  /* the lease this handle stands for */
	uint64_t position;	  /* journal position of its latest record */
	bool is_creator;	  /* this very open made the lease */
	bool is_truncated;	  /* renew/ opened with O_TRUNC, nothing written yet */
	bool is_partial;	  /* in could still become an option */
	bool has_content;	  /* out is what reads answer */
	bool is_claiming;	  /* what waits is a claim: its lease is given back unread */
	bool is_granted_unread;	  /* a lease that was waited for, and nobody was told */
	struct text in;		  /* option or request text so far */
	struct text out;	  /* content, or directory entries */
	size_t read_at;		  /* the request file is a stream */
	struct party *party; /* who opened renew/ to write, or who waits; a reference, or NULL */
	uint64_t claimed;    /* a request file's claim that was not told yet: its token */
	size_t listed_to;    /* where the last READDIR ended, which is an entry's end */
	unsigned flocks;     /* flock(2) calls on it that wait */
	bool is_late;	     /* opened just after its lease ended: stands for the name */
	uint64_t waiter;     /* the request that waits on this handle; 0 none */
	UT_hash_handle hh;
};

struct files {
	struct file *by_handle;
};

/* NULL when memory is out. */
struct file *file_new(struct files *files, uint64_t handle, uint64_t ino);
struct file *file_find(const struct files *files, uint64_t handle);
void file_free(struct files *files, struct file *file);
void files_release(struct files *files);

/* The file on that inode whose handle is that one; for stat of an inode whose lease was replaced. */
bool files_has_handle_on(const struct files *files, uint64_t handle, uint64_t ino);

#endif

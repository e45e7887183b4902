/*
 * The request file: one JSON question in, its answer out, on the same descriptor.
 */
#ifndef FUSE_ASK_H
#define FUSE_ASK_H

#include "fuse/mount.h"

void ask_write_file(fuse_req_t req, struct file *file, const char *bytes, size_t size);
void ask_read_file(fuse_req_t req, struct file *file, size_t size);

/* The claim that this file waited for was settled. */
void ask_settled(struct mount *mount, struct waiting *waiting, const struct settled *settled);

/* The descriptor is closed: a wait ends, a grant that nobody read is taken back. */
void ask_close(struct mount *mount, struct file *file);

/* Asks again what the file's asker waits for, for an earlier worker took its question. */
void ask_resume(struct mount *mount, struct file *file);

/* Answers it with an errno instead. */
void ask_fail(struct mount *mount, struct file *file, int error);

#endif

/*
 * The locks that have to do with some files: path: locks on them, above them or below them, and
 * repo: locks; and whose they are, by the daemon's word.
 */
#ifndef CLI_COVERS_H
#define CLI_COVERS_H

#include "changes.h"
#include "client.h"

struct cover {
	struct lease_view lease;
	char path[RESOURCE_NAME_MAX + 1]; /* of a path: lock; "": a repo: lock, all files */
	bool is_own;			  /* the caller's party's */
};

struct covers {
	struct cover *list;
	size_t len;
	size_t cap;
};

/* 0 or a negative errno with nothing to release. */
int covers_find(const struct mount *mount, const struct changes *changes, struct covers *out);
void covers_release(struct covers *covers);

/* The lock is on the path or above it; else one of another's below it may still be in the way. */
bool cover_covers(const struct cover *cover, const char *path);
bool cover_touches(const struct cover *cover, const char *path);

#endif

/*
 * Which files a commit, a push or the work tree changes: paths relative to the top, as bytes,
 * renames as both their names.
 */
#ifndef CLI_CHANGES_H
#define CLI_CHANGES_H

#include <stddef.h>

#include "lokt/text.h"

struct changes {
	struct text bytes; /* each path with its NUL */
	char **list;	   /* sorted (strcmp), none twice; made by changes_sort() */
	size_t len;
};

/* What git add has put together since HEAD; or what of it and the work tree differs from HEAD. */
int changes_add_staged(struct changes *changes);
int changes_add_work_tree(struct changes *changes);

/*
 * What the commits change that no remote has yet; lines: as git's pre-push hook is given them.
 * Deletions of refs and grite's own refs change no files.
 */
int changes_add_pushed(struct changes *changes, const struct text *lines);

/* For the three: 0; a negative errno; or git's own positive status, which has said why. */

void changes_add(struct changes *changes, const char *path);

int changes_sort(struct changes *changes); /* 0 or -ENOMEM */
void changes_release(struct changes *changes);

#endif

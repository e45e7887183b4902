/*
 * Scripts in a work tree that take locks: files with "lokt guard NAME" or "lokt lock NAME" in
 * them. Text is looked at, not understood: comments and documentation are passed over.
 */
#ifndef CLI_GUARDED_H
#define CLI_GUARDED_H

#include "lokt/resource.h"

struct guarded {
	const char *path;		  /* below the top */
	const char *verb;		  /* "guard" or "lock" */
	char name[RESOURCE_NAME_MAX + 1]; /* as it stands there, perhaps with a $VARIABLE in it */
};

/*
 * Calls visit for each lock of each script, in the order of their paths; bounded in files, depth
 * and size. 0, visit's first non-zero return, or a negative errno.
 */
int guarded_find(const char *top, int (*visit)(const struct guarded *guarded, void *context),
		 void *context);

#endif

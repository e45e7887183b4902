/*
 * A hook of ours in git's directory for hooks. One that was there before is kept under another
 * name and run first.
 */
#ifndef CLI_HOOKS_H
#define CLI_HOOKS_H

#include <limits.h>
#include <stdbool.h>

enum hook_kind { HOOK_PRE_COMMIT, HOOK_PRE_PUSH, HOOK_KINDS };

/* What an earlier hook is called from then on. */
#define HOOK_KEPT_SUFFIX ".before-lokt"

struct hook_result {
	char path[PATH_MAX];
	bool was_ours; /* it was only brought up to date */
	bool has_kept; /* an earlier hook is run first */
};

/* git's directory for hooks, made if need be. 0, a negative errno, or git's positive status. */
int hooks_find(char out[PATH_MAX]);

/*
 * Puts the hook there, in place of one of ours. 0; -EEXIST: there is a foreign hook and an
 * earlier one kept already; or another negative errno. *result->path is filled in any case.
 */
int hooks_install(const char *dir, enum hook_kind kind, struct hook_result *result);

#endif

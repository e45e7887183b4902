/*
 * The git repository that a ROOT belongs to, and how git is called on it: never prompting, with
 * none of the caller's GIT_* environment, without the user's hooks, pagers and automatic gc.
 */
#ifndef HOST_REPOSITORY_H
#define HOST_REPOSITORY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define REPOSITORY_WHY_MAX 512
#define REPOSITORY_ARGS_MAX 4096

struct repository {
	char git_dir[PATH_MAX]; /* the common directory, absolute */
	char top[PATH_MAX]; /* the main work tree, or git_dir: where a remote's relative address begins */
	char **envp;	    /* for git; owned */
};

/*
 * The repository whose common directory ROOT lies directly in (ROOT is "lokt" in it: work trees,
 * bare repositories and submodules alike). 0; -ENOENT when ROOT is in none; -EPERM with *why when
 * git refuses it (another user's: safe.directory); -EINVAL when git cannot read it; -ENOENT with
 * *why "git is not installed" and the like. *why is "" where there is nothing to add to the errno.
 * Blocks: runs git, for at most 5 s; for the start only.
 */
int repository_open(struct repository *repository, const char *root, char why[REPOSITORY_WHY_MAX]);
void repository_release(struct repository *repository);

/*
 * The remote has an url in git's settings, and its name can stand in a ref and in a -c option. As
 * open: blocks.
 */
bool repository_has_remote(const struct repository *repository, const char *remote);

/*
 * Fills argv (room for max entries, NULL at its end) with git, the options that every call has
 * (--git-dir, -c gc.auto=0, -c core.hooksPath=/dev/null and so on; some 50) and words up to a NULL,
 * which may begin with more -c. Nothing is copied. Returns false when max is too small.
 */
bool repository_argv(const struct repository *repository, const char *const words[],
		     const char **argv, size_t max);

#endif

/*
 * Where a ROOT is: $LOKT_ROOT, else lokt/ in the git common directory (so that all
 * worktrees share it), else ./.lokt. Read from the file system alone; runs no program.
 */
#ifndef LOKT_ROOT_H
#define LOKT_ROOT_H

#include <stddef.h>

/*
 * The absolute path of the ROOT for the current directory, which need not exist yet.
 * GIT_COMMON_DIR, GIT_DIR, .git directories and files, worktrees, submodules and bare
 * repositories as git finds them. 0, -ENAMETOOLONG, or -EINVAL when LOKT_ROOT is no usable path.
 */
int root_find(char *out, size_t cap);

/* The git common directory for the current directory; -ENOENT outside a repository. */
int root_find_git(char *out, size_t cap);

/* The git common directory that this ROOT is "lokt" in; -ENOENT when it lies elsewhere. */
int root_find_git_around(const char *root, char *out, size_t cap);

/* The top of the work tree that holds the current directory; -ENOENT when there is none. */
int root_find_worktree(char *out, size_t cap);

#endif

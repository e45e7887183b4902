/*
 * Finds the ROOT as git would find its common directory, without running git: the
 * environment first, then .git and bare repositories from the current directory up. As
 * in git, a .git file that leads nowhere ends the search rather than being passed over.
 */
#include "lokt/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/smallfile.h"

#define GITFILE_KEY "gitdir: "
#define ROOT_NAME "lokt"

struct repo {
	char git_dir[PATH_MAX];
	char common_dir[PATH_MAX];
	char worktree[PATH_MAX]; /* "": none */
};

/* An empty variable counts as unset. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);
	return value && value[0] ? value : NULL;
}

static int copy_path(const char *path, char *out, size_t cap)
{
	size_t len = strlen(path);
	if (len >= cap)
		return -ENAMETOOLONG;
	memmove(out, path, len + 1);
	return 0;
}

/* dir/name, or name alone when it is absolute. */
static int join_path(const char *dir, const char *name, char out[PATH_MAX])
{
	if (name[0] == '/')
		return copy_path(name, out, PATH_MAX);
	size_t dir_len = strlen(dir), len = strlen(name);
	if (dir_len > 0 && dir[dir_len - 1] == '/')
		dir_len--;
	if (dir_len + 1 + len >= PATH_MAX)
		return -ENAMETOOLONG;
	char joined[PATH_MAX];
	memcpy(joined, dir, dir_len);
	joined[dir_len] = '/';
	memcpy(joined + dir_len + 1, name, len + 1);
	memcpy(out, joined, dir_len + len + 2);
	return 0;
}

static int get_cwd(char out[PATH_MAX])
{
	if (getcwd(out, PATH_MAX))
		return 0;
	return errno == ERANGE ? -ENAMETOOLONG : -errno;
}

static bool has_type(const char *dir, const char *name, mode_t type)
{
	char path[PATH_MAX];
	struct stat stat_buf;
	return join_path(dir, name, path) == 0 && stat(path, &stat_buf) == 0 &&
	       (stat_buf.st_mode & S_IFMT) == type;
}

/* HEAD may be a symlink to a branch that has no commit yet. */
static bool has_head(const char *dir)
{
	char path[PATH_MAX];
	struct stat stat_buf;
	return join_path(dir, "HEAD", path) == 0 && lstat(path, &stat_buf) == 0 &&
	       (S_ISREG(stat_buf.st_mode) || S_ISLNK(stat_buf.st_mode));
}

/* The one path in a small file, after `key`; -ENOENT when it holds something else. */
static int read_path_file(const char *file, const char *key, char out[PATH_MAX])
{
	char text[PATH_MAX + sizeof(GITFILE_KEY)];
	ssize_t len = smallfile_read(AT_FDCWD, file, text, sizeof(text));
	if (len < 0 || (size_t)len == sizeof(text) - 1 || strlen(text) != (size_t)len)
		return -ENOENT;
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		text[--len] = '\0';
	size_t key_len = strlen(key);
	if (strncmp(text, key, key_len) != 0 || text[key_len] == '\0')
		return -ENOENT;
	return copy_path(text + key_len, out, PATH_MAX);
}

/* What this git directory shares with its other worktrees: itself, mostly. */
static int find_common_dir(const char *git_dir, const char *cwd, char out[PATH_MAX])
{
	const char *given = variable("GIT_COMMON_DIR");
	if (given)
		return join_path(cwd, given, out);
	if (!has_type(git_dir, "commondir", S_IFREG))
		return copy_path(git_dir, out, PATH_MAX);
	char file[PATH_MAX], target[PATH_MAX];
	int error = join_path(git_dir, "commondir", file);
	if (error == 0)
		error = read_path_file(file, "", target);
	return error < 0 ? error : join_path(git_dir, target, out);
}

/* Fills git_dir and common_dir when dir is a git directory; else -ENOENT. */
static int take_git_dir(const char *dir, const char *cwd, struct repo *repo)
{
	char common[PATH_MAX];
	if (!has_head(dir))
		return -ENOENT;
	int error = find_common_dir(dir, cwd, common);
	if (error < 0)
		return error;
	if (!has_type(common, "objects", S_IFDIR) || !has_type(common, "refs", S_IFDIR))
		return -ENOENT;
	error = copy_path(dir, repo->git_dir, PATH_MAX);
	return error < 0 ? error : copy_path(common, repo->common_dir, PATH_MAX);
}

/* A file "gitdir: PATH" in the directory `place`. */
static int take_git_file(const char *file, const char *place, const char *cwd, struct repo *repo)
{
	char target[PATH_MAX], dir[PATH_MAX];
	int error = read_path_file(file, GITFILE_KEY, target);
	if (error == 0)
		error = join_path(place, target, dir);
	return error < 0 ? error : take_git_dir(dir, cwd, repo);
}

/* Cuts the last component off; false at the top. */
static bool go_up(char *dir)
{
	char *slash = strrchr(dir, '/');
	if (!slash || dir[1] == '\0')
		return false;
	slash[slash == dir ? 1 : 0] = '\0';
	return true;
}

/* What `dir` itself says: 0 found, 1 look further up, or a negative errno. */
static int discover_in(const char *dir, const char *cwd, struct repo *repo)
{
	char dot_git[PATH_MAX];
	int error = join_path(dir, ".git", dot_git);
	if (error < 0)
		return error;
	bool is_file = has_type(dir, ".git", S_IFREG);
	error = is_file ? take_git_file(dot_git, dir, cwd, repo) : take_git_dir(dot_git, cwd, repo);
	if (error == 0)
		return copy_path(dir, repo->worktree, PATH_MAX);
	if (is_file || error != -ENOENT)
		return error;
	repo->worktree[0] = '\0';
	error = take_git_dir(dir, cwd, repo);
	return error == -ENOENT ? 1 : error;
}

static int discover(const char *cwd, struct repo *repo)
{
	char dir[PATH_MAX];
	int found = copy_path(cwd, dir, PATH_MAX);
	if (found < 0)
		return found;
	do {
		found = discover_in(dir, cwd, repo);
	} while (found > 0 && go_up(dir));
	return found > 0 ? -ENOENT : found;
}

/* With GIT_DIR the current directory is the top of the work tree. */
static int take_explicit(const char *git_dir, const char *cwd, struct repo *repo)
{
	char path[PATH_MAX], place[PATH_MAX];
	int error = join_path(cwd, git_dir, path);
	if (error < 0)
		return error;
	if (has_type(path, "", S_IFDIR)) {
		error = take_git_dir(path, cwd, repo);
	} else {
		memcpy(place, path, sizeof(place));
		go_up(place);
		error = take_git_file(path, place, cwd, repo);
	}
	return error < 0 ? error : copy_path(cwd, repo->worktree, PATH_MAX);
}

static int find_repo(struct repo *repo)
{
	char cwd[PATH_MAX];
	int error = get_cwd(cwd);
	if (error < 0)
		return error;
	const char *git_dir = variable("GIT_DIR");
	error = git_dir ? take_explicit(git_dir, cwd, repo) : discover(cwd, repo);
	if (error < 0)
		return error;
	const char *worktree = variable("GIT_WORK_TREE");
	return worktree ? join_path(cwd, worktree, repo->worktree) : 0;
}

/* The one spelling of a path that exists. */
static int real_path(const char *path, char out[PATH_MAX])
{
	return realpath(path, out) ? 0 : -errno;
}

static bool is_within(const char *path, const char *top)
{
	size_t len = strlen(top);
	return strncmp(path, top, len) == 0 &&
	       (path[len] == '/' || path[len] == '\0' || top[len - 1] == '/');
}

int root_find_git(char *out, size_t cap)
{
	struct repo repo;
	char real[PATH_MAX];
	int error = find_repo(&repo);
	if (error == 0)
		error = real_path(repo.common_dir, real);
	return error < 0 ? error : copy_path(real, out, cap);
}

int root_find_worktree(char *out, size_t cap)
{
	struct repo repo;
	char cwd[PATH_MAX], top[PATH_MAX];
	int error = find_repo(&repo);
	if (error < 0)
		return error;
	if (repo.worktree[0] == '\0')
		return -ENOENT;
	error = get_cwd(cwd);
	if (error == 0)
		error = real_path(repo.worktree, top);
	if (error < 0)
		return error;
	return is_within(cwd, top) ? copy_path(top, out, cap) : -ENOENT;
}

int root_find_git_around(const char *root, char *out, size_t cap)
{
	char path[PATH_MAX];
	int error = real_path(root, path);
	if (error < 0)
		return error == -ENOTDIR ? -ENOENT : error;
	char *slash = strrchr(path, '/');
	if (!slash || slash == path || strcmp(slash + 1, ROOT_NAME) != 0)
		return -ENOENT;
	*slash = '\0';
	if (!has_type(path, "objects", S_IFDIR) || !has_type(path, "refs", S_IFDIR))
		return -ENOENT;
	return copy_path(path, out, cap);
}

/* LOKT_ROOT need not exist, but where it does it must be a directory. */
static int take_given_root(const char *given, char *out, size_t cap)
{
	char cwd[PATH_MAX] = "", path[PATH_MAX];
	struct stat stat_buf;
	int error = given[0] == '/' ? 0 : get_cwd(cwd);
	if (error == 0)
		error = join_path(cwd, given, path);
	if (error < 0)
		return error;
	if (stat(path, &stat_buf) == 0 ? !S_ISDIR(stat_buf.st_mode) : errno == ENOTDIR)
		return -EINVAL;
	for (size_t len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
		path[len - 1] = '\0';
	return copy_path(path, out, cap);
}

int root_find(char *out, size_t cap)
{
	const char *given = variable("LOKT_ROOT");
	if (given)
		return take_given_root(given, out, cap);
	char base[PATH_MAX], path[PATH_MAX];
	const char *name = ROOT_NAME;
	int error = root_find_git(base, sizeof(base));
	if (error == -ENOENT) {
		name = ".lokt";
		error = get_cwd(base);
	}
	if (error == 0)
		error = join_path(base, name, path);
	return error < 0 ? error : copy_path(path, out, cap);
}

/*
 * lokt init: start the daemon, and put a .locks symlink at the top of the work tree that git
 * does not see.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "lokt/layout.h"
#include "lokt/root.h"
#include "mounting.h"
#include "output.h"

#define EXCLUDE_LINE "/" LAYOUT_WORKTREE_LINK
#define EXCLUDE_MAX (1 << 20)

static struct text option_list;

static const struct option_row options[] = {
	MOUNTING_OPTION_ROW(option_list),
	{0},
};

static int check(const struct call *call)
{
	return mounting_check(call, &option_list);
}

/* Relative where the ROOT is below the top, so that the work tree can be moved. */
static int link_target(const char *top, const char *root, char out[PATH_MAX])
{
	size_t len = strlen(top);
	bool is_below = strncmp(root, top, len) == 0 && root[len] == '/';
	int room = snprintf(out, PATH_MAX, "%s/%s", is_below ? root + len + 1 : root, LAYOUT_LOCKS);

	return room < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* A symlink to some ROOT's locks: ours to replace. */
static bool is_our_link(const char *target)
{
	size_t len = strlen(target);
	size_t tail = strlen("/" LAYOUT_LOCKS);

	return len >= tail && strcmp(target + len - tail, "/" LAYOUT_LOCKS) == 0;
}

/* Beside first and renamed over, so that there is no moment without it. */
static int replace_link(const char *target, const char *path)
{
	char beside[PATH_MAX];

	if (snprintf(beside, sizeof(beside), "%s.%d", path, (int)getpid()) >= (int)sizeof(beside))
		return -ENAMETOOLONG;
	if (symlink(target, beside) < 0)
		return -errno;
	if (rename(beside, path) < 0) {
		int error = -errno;

		unlink(beside);
		return error;
	}
	return 0;
}

/* 0; -EEXIST when something of the user's has the name. */
static int make_link(const char *top, const char *root)
{
	char path[PATH_MAX];
	char target[PATH_MAX];
	char present[PATH_MAX];
	ssize_t len;
	int error = link_target(top, root, target);

	if (error)
		return error;
	if (snprintf(path, sizeof(path), "%s/%s", top, LAYOUT_WORKTREE_LINK) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	len = readlink(path, present, sizeof(present) - 1);
	if (len < 0)
		return errno == EINVAL ? -EEXIST : replace_link(target, path);
	present[len] = '\0';
	if (strcmp(present, target) == 0)
		return 0;
	return is_our_link(present) ? replace_link(target, path) : -EEXIST;
}

static bool has_line(const struct text *content, const char *wanted)
{
	const char *at = content->data ? content->data : "";
	size_t len = strlen(wanted);

	while (*at) {
		size_t step = strcspn(at, "\n");

		if (step == len && memcmp(at, wanted, len) == 0)
			return true;
		at += step + (at[step] == '\n');
	}
	return false;
}

static int read_to_end(int fd, struct text *out)
{
	char buffer[8192];
	ssize_t got;

	while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
		text_add(out, buffer, (size_t)got);
		if (out->failed)
			return -ENOMEM;
		if (out->len > EXCLUDE_MAX)
			return -EFBIG;
	}
	return got < 0 ? -errno : 0;
}

/* Under the file's lock: two inits at once add one line. */
static int append_line(int fd)
{
	struct text content = {0};
	struct text line = {0};
	int error = flock(fd, LOCK_EX) < 0 ? -errno : read_to_end(fd, &content);

	if (!error && !has_line(&content, EXCLUDE_LINE)) {
		if (content.len && content.data[content.len - 1] != '\n')
			text_puts(&line, "\n");
		text_puts(&line, EXCLUDE_LINE "\n");
		if (line.failed)
			error = -ENOMEM;
		else if (write(fd, line.data, line.len) != (ssize_t)line.len)
			error = errno ? -errno : -EIO;
	}
	text_release(&content);
	text_release(&line);
	return error;
}

static int exclude_link(void)
{
	char git[PATH_MAX];
	char path[PATH_MAX + sizeof("/info/exclude")];
	int fd;
	int error = root_find_git(git, sizeof(git));

	if (error)
		return error == -ENOENT ? 0 : error;
	snprintf(path, sizeof(path), "%s/info", git);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "%s/info/exclude", git);
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	error = append_line(fd);
	close(fd);
	return error;
}

static int run(const struct call *call)
{
	char top[PATH_MAX];
	int status = mounting_start(call, &option_list);
	int error;

	text_release(&option_list);
	if (status != EXIT_DONE)
		return status;
	error = root_find_worktree(top, sizeof(top));
	if (error == -ENOENT && !getcwd(top, sizeof(top)))
		return output_fail(EXIT_ERROR, "io", "current directory: %s", strerror(errno));
	if (error && error != -ENOENT)
		return output_fail(EXIT_ERROR, "io", "cannot find the work tree: %s",
				   strerror(-error));
	error = make_link(top, call->root);
	if (error)
		return output_fail(
			EXIT_ERROR, "io", "cannot make %s/%s: %s", top, LAYOUT_WORKTREE_LINK,
			error == -EEXIST ? "something else has that name" : strerror(-error));
	error = exclude_link();
	if (error)
		return output_fail(EXIT_ERROR, "io", "cannot add %s to git's info/exclude: %s",
				   EXCLUDE_LINE, strerror(-error));
	output_print("%s/%s -> %s/%s\n", top, LAYOUT_WORKTREE_LINK, call->root, LAYOUT_LOCKS);
	return EXIT_DONE;
}

const struct command_body cmd_init = {options, check, run};

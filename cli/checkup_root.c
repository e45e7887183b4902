/*
 * Checks of a ROOT's own files, all as ordinary files.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "checkup.h"
#include "daemonfile.h"
#include "host/journal.h"
#include "host/segments.h"
#include "host/smallfile.h"
#include "lokt/event.h"
#include "lokt/layout.h"
#include "lokt/root.h"

#define PATH_LONG (PATH_MAX + 64)

static bool is_served_by_another(const char *root)
{
	struct daemonfile daemon;

	return daemonfile_read(root, &daemon) == 0 && daemon.uid != geteuid();
}

/* The path, or what of it exists already. */
static void find_existing(const char *path, char out[PATH_MAX])
{
	struct stat found_file;

	snprintf(out, PATH_MAX, "%s", path);
	while (out[0] && out[1] && stat(out, &found_file) < 0 && errno == ENOENT) {
		char *slash = strrchr(out, '/');

		*(!slash || slash == out ? out + 1 : slash) = '\0';
	}
}

static void tell_unwritable(const char *root, const char *path, int error, struct finding *finding)
{
	if (is_served_by_another(root)) {
		found(finding, HEALTH_OK, "%.900s is another user's", root);
		return;
	}
	found(finding, HEALTH_FAIL, "%.900s is not writable: %s", path, strerror(error));
	if (error == EROFS)
		mended_by_root(finding, "mount -o remount,rw -T", path);
	else if (error == ENOTDIR)
		mended_by(finding, "ls -ld", path);
	else
		mended_by_root(finding, "chown -R \"$(id -un)\"", path);
}

void look_at_root(const char *root, struct finding *finding)
{
	char path[PATH_MAX];
	struct statvfs system;
	struct stat file;

	find_existing(root, path);
	if (stat(path, &file) == 0 && !S_ISDIR(file.st_mode)) {
		found(finding, HEALTH_FAIL, "%.900s is no directory", path);
		mended_by(finding, "rm -i --", path);
		return;
	}
	if (faccessat(AT_FDCWD, path, R_OK | W_OK | X_OK, AT_EACCESS) < 0) {
		tell_unwritable(root, path, errno, finding);
		return;
	}
	if (statvfs(path, &system) == 0 && system.f_blocks && !system.f_bavail) {
		found(finding, HEALTH_FAIL, "no space left for %.900s", path);
		mended_by(finding, "df -h", path);
		return;
	}
	found(finding, HEALTH_OK, "%.900s%s", root,
	      strcmp(path, root) == 0 ? "" : " (not made yet)");
}

/* Whole lines at the end of a file, each checked. */
static bool has_sound_end(int fd, off_t size)
{
	char buffer[JOURNAL_LINE_MAX];
	off_t from = size > (off_t)sizeof(buffer) ? size - (off_t)sizeof(buffer) : 0;
	ssize_t got = pread(fd, buffer, sizeof(buffer), from);
	char *line = buffer;
	char *end = buffer + (got > 0 ? got : 0);
	char *newline;
	bool is_first = from > 0; /* and then cut */

	while ((newline = memchr(line, '\n', (size_t)(end - line)))) {
		struct event event;
		bool is_sound =
			is_first || event_parse(line, (size_t)(newline - line), &event) == 0;

		if (is_sound && !is_first)
			event_clear(&event);
		if (!is_sound)
			return false;
		is_first = false;
		line = newline + 1;
	}
	return true;
}

void look_at_journal(const char *root, struct finding *finding)
{
	char path[PATH_LONG];
	SCOPED_FD fd = -1;
	struct stat file;

	snprintf(path, sizeof(path), "%s/%s", root, LAYOUT_AUDIT);
	fd = segment_open(AT_FDCWD, path, O_RDONLY);
	if (fd == -ENOENT || fd == -ENOTDIR) {
		found(finding, HEALTH_OK, "nothing recorded yet");
	} else if (fd < 0 || fstat(fd, &file) < 0) {
		found(finding, HEALTH_WARN, "%.900s cannot be read: %s", path,
		      strerror(fd < 0 ? -fd : errno));
		mended_by(finding, "ls -l", path);
	} else if (!has_sound_end(fd, file.st_size)) {
		found(finding, HEALTH_FAIL, "%.900s is damaged", path);
		mended_by(finding, "loktfs --repair", root);
	} else {
		found(finding, HEALTH_OK, "the latest records are sound");
	}
}

static bool is_mounted_on(const char *path)
{
	struct statx file;

	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, 0, &file) < 0)
		return errno == ENOTCONN;
	return file.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/* The name of something in there, or "". */
static void find_entry(const char *path, char name[NAME_MAX + 1])
{
	DIR *directory = opendir(path);
	const struct dirent *entry;

	name[0] = '\0';
	while (directory && !name[0] && (entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
	}
	if (directory)
		closedir(directory);
}

void look_for_strays(const char *root, struct finding *finding)
{
	char path[PATH_LONG];
	char command[] = "find";
	char name[NAME_MAX + 1];

	snprintf(path, sizeof(path), "%s/%s", root, LAYOUT_MNT);
	if (is_mounted_on(path)) {
		found(finding, HEALTH_OK, "the mount point is covered");
		return;
	}
	find_entry(path, name);
	if (!name[0]) {
		found(finding, HEALTH_OK, "none under the mount point");
		return;
	}
	found(finding, HEALTH_FAIL,
	      "\"%.255s\" in %.600s is a plain file that locks nothing, and keeps the daemon from "
	      "mounting",
	      name, path);
	mended_by(finding, command, path);
	if (strlen(finding->remedy) + sizeof(" -xdev -mindepth 1 -delete") <=
	    sizeof(finding->remedy))
		strcat(finding->remedy, " -xdev -mindepth 1 -delete");
}

/* The ROOT that a .locks symlink in directory top leads to; false where it cannot be told. */
static bool find_linked_root(const char *top, const char *link, char out[PATH_MAX])
{
	char target[PATH_MAX];
	char path[2 * PATH_MAX];
	ssize_t len = readlink(link, target, sizeof(target) - 1);
	char *slash;

	if (len < 0)
		return false;
	target[len] = '\0';
	slash = strrchr(target, '/');
	if (!slash)
		return false;
	*slash = '\0';
	snprintf(path, sizeof(path), "%s%s%s", target[0] == '/' ? "" : top,
		 target[0] == '/' ? "" : "/", target);
	return realpath(path, out);
}

/* The worktree's .locks leads to this ROOT, if there is one. */
void look_at_link(const char *root, struct finding *finding)
{
	char top[PATH_MAX];
	char path[PATH_LONG];
	char linked[PATH_MAX];
	char real[PATH_MAX];
	struct stat file;

	if (root_find_worktree(top, sizeof(top)) < 0 && !getcwd(top, sizeof(top)))
		top[0] = '\0';
	snprintf(path, sizeof(path), "%s/%s", top, LAYOUT_WORKTREE_LINK);
	if (lstat(path, &file) < 0) {
		found(finding, HEALTH_OK, "no %s here; \"lokt init\" makes one",
		      LAYOUT_WORKTREE_LINK);
	} else if (!S_ISLNK(file.st_mode)) {
		found(finding, HEALTH_FAIL,
		      "%.900s is no symlink: what is touched in it locks nothing", path);
		mended_by(finding, "rm -ri --", path);
	} else if (realpath(root, real) && find_linked_root(top, path, linked) &&
		   strcmp(real, linked) != 0) {
		found(finding, HEALTH_WARN, "%s leads to %.400s, not to %.400s",
		      LAYOUT_WORKTREE_LINK, linked, real);
		mended_by(finding, "lokt init", NULL);
	} else {
		found(finding, HEALTH_OK, "%s leads to %.900s", LAYOUT_WORKTREE_LINK, root);
	}
}

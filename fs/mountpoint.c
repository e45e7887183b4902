/* See mountpoint.h. */
#include "mountpoint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lokt/layout.h"

static int run_fusermount(const char *path)
{
	pid_t child = fork();
	if (child == 0) {
		execlp("fusermount3", "fusermount3", "-u", "-z", "-q", "--", path, (char *)NULL);
		_exit(127);
	}
	int status;
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -errno;
	return status == 0 ? 0 : -ENOTCONN;
}

/* A daemon that was killed leaves a mount whose every call fails with ENOTCONN. */
static int unmount_dead(const char *path, char why[MOUNTPOINT_WHY_MAX])
{
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 || run_fusermount(path) == 0)
		return 0;
	snprintf(why, MOUNTPOINT_WHY_MAX,
		 "a dead mount is in the way and cannot be removed; try: fusermount3 -u -z %s",
		 path);
	return -ENOTCONN;
}

int mountpoint_detach(const char *path)
{
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		return 0;
	pid_t child = fork();
	if (child < 0)
		return -errno;
	if (child == 0) {
		execlp("fusermount3", "fusermount3", "-u", "-z", "-q", "--", path, (char *)NULL);
		_exit(127);
	}
	return 0;
}

static int refuse_entries(const char *path, char why[MOUNTPOINT_WHY_MAX])
{
	DIR *directory = opendir(path);
	if (!directory)
		return -errno;
	struct dirent *entry;
	errno = 0;
	while ((entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			break;
	int error = errno ? -errno : 0;
	if (entry) {
		snprintf(why, MOUNTPOINT_WHY_MAX,
			 "not empty: \"%.255s\" in it would be hidden, and may be a lock that "
			 "somebody "
			 "took while nothing was mounted",
			 entry->d_name);
		error = -ENOTEMPTY;
	}
	closedir(directory);
	return error;
}

static int look(const char *path, char why[MOUNTPOINT_WHY_MAX])
{
	struct stat stat_buf;
	if (mkdir(path, 0755) == 0)
		return 0;
	if (errno == EEXIST && stat(path, &stat_buf) == 0)
		return S_ISDIR(stat_buf.st_mode) ? 0 : -ENOTDIR;
	if (errno != ENOTCONN)
		return -errno;
	return unmount_dead(path, why);
}

static int refuse(const char *sentence, char why[MOUNTPOINT_WHY_MAX])
{
	snprintf(why, MOUNTPOINT_WHY_MAX, "%s", sentence);
	return -EBUSY;
}

/*
 * Two daemons on one directory would be two lock tables behind one path. A live mount shows
 * its control directory, which is not listed; one that is just being made holds this lock on
 * the directory underneath.
 */
static int claim(int fd, char why[MOUNTPOINT_WHY_MAX])
{
	struct stat stat_buf;
	if (fstatat(fd, LAYOUT_CONTROL, &stat_buf, AT_SYMLINK_NOFOLLOW) == 0)
		return refuse("a loktfs is mounted there already", why);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return refuse("another daemon is about to mount there", why);
	return 0;
}

/* Its owner could take the mount away, or put files where locks are looked for after it. */
static int refuse_stranger(int fd, char why[MOUNTPOINT_WHY_MAX])
{
	struct stat stat_buf;
	if (fstat(fd, &stat_buf) < 0)
		return -errno;
	if (stat_buf.st_uid == geteuid() || stat_buf.st_uid == 0 || geteuid() == 0)
		return 0;
	snprintf(why, MOUNTPOINT_WHY_MAX, "it belongs to user %u, not to you or root",
		 (unsigned)stat_buf.st_uid);
	return -EPERM;
}

int mountpoint_prepare(const char *path, char why[MOUNTPOINT_WHY_MAX])
{
	int fd = -1;
	why[0] = '\0';
	int error = look(path, why);
	if (!error) {
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		error = fd < 0 ? -errno : claim(fd, why);
	}
	if (!error)
		error = refuse_stranger(fd, why);
	if (!error)
		error = refuse_entries(path, why);
	if (!error)
		return fd;
	if (!why[0])
		snprintf(why, MOUNTPOINT_WHY_MAX, "%s", strerror(-error));
	if (fd >= 0)
		close(fd);
	return error;
}

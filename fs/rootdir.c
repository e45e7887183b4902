/* See rootdir.h. */
#include "rootdir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/json.h"
#include "host/plainfile.h"
#include "host/procstat.h"
#include "lokt/layout.h"
#include "lokt/text.h"

#define DAEMON_TMP LAYOUT_DAEMON ".tmp"
#define LOCKS_TMP LAYOUT_LOCKS ".tmp"

/* Paths in it are PATH_MAX at most, and JSON may need six bytes for one. */
#define DAEMON_FILE_MAX (64 * 1024)

/* First line of a small file, without its newline; "" when it cannot be read. */
static void read_line(const char *path, char *out, size_t cap)
{
	FILE *file = fopen(path, "re");
	if (!file || !fgets(out, (int)cap, file))
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	if (file)
		fclose(file);
}

int rootdir_boot_id(char out[40])
{
	read_line("/proc/sys/kernel/random/boot_id", out, 40);
	return out[0] ? 0 : -ENODATA;
}

/* Without a machine id (some containers) the host name has to do. */
static void machine_id(char out[256])
{
	read_line("/etc/machine-id", out, 256);
	if (!out[0] && gethostname(out, 255) < 0)
		strcpy(out, "unknown");
	out[255] = '\0';
}

static int make_directories(const char *path)
{
	char part[PATH_MAX];
	if (strlen(path) >= sizeof(part))
		return -ENAMETOOLONG;
	strcpy(part, path);
	for (char *slash = part + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return mkdir(part, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

int rootdir_make(char path[PATH_MAX])
{
	char resolved[PATH_MAX];
	int error = make_directories(path);
	if (error)
		return error;
	if (!realpath(path, resolved))
		return -errno;
	strcpy(path, resolved);
	return 0;
}

enum { KEY_PID, KEY_MACHINE, KEY_HOST, KEY_COUNT };

static const char *const daemon_keys[KEY_COUNT] = {"pid", "machine_id", "host"};

/* What ROOT/daemon says; no text when there is none or it is no JSON. 0 or a negative errno. */
static int read_daemon_file(const struct rootdir *rootdir, struct json_document *out)
{
	char text[DAEMON_FILE_MAX];
	int fd = plainfile_open(rootdir->fd, LAYOUT_DAEMON, O_RDONLY, 0);
	if (fd < 0 && fd != -ENOENT)
		return fd;
	ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof(text));
	int error = len < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	if (len == sizeof(text))
		return -EFBIG;
	if (!error && json_parse(text, (size_t)len, out) == -ENOMEM)
		return -ENOMEM;
	return error;
}

static bool is_string(struct span value, const char *wanted)
{
	char text[256];
	return span_get_string(value, sizeof(text) - 1, text) == 0 && strcmp(text, wanted) == 0;
}

/*
 * The file lock cannot see a daemon on another machine (network file systems, a shared disk).
 * ROOT/daemon is left behind by a crash too, so only the machine's name counts.
 */
static int refuse_other_machine(const struct rootdir *rootdir, char why[ROOTDIR_WHY_MAX])
{
	struct span values[KEY_COUNT] = {{0}};
	char machine[256];
	char host[256] = "?";
	JSON_DOCUMENT(document);
	int error = read_daemon_file(rootdir, &document);
	if (error) {
		snprintf(why, ROOTDIR_WHY_MAX, "reading the file \"%s\" in it: %s", LAYOUT_DAEMON,
			 plainfile_why(error));
		return error;
	}
	if (!document.text)
		return 0;
	machine_id(machine);
	/* with a key twice it says nothing that could be relied on */
	span_object(json_root(&document), daemon_keys, KEY_COUNT, false, values);
	if (is_string(values[KEY_MACHINE], machine))
		return 0;
	if (span_is_string(values[KEY_HOST]) && span_get_clean(values[KEY_HOST], 255, host))
		snprintf(why, ROOTDIR_WHY_MAX,
			 "a daemon on another machine seems to serve this ROOT");
	else
		snprintf(why, ROOTDIR_WHY_MAX,
			 "a daemon on another machine (%s) seems to serve this ROOT; if it is gone "
			 "for good, remove the file \"%s\" in it",
			 host, LAYOUT_DAEMON);
	return -EBUSY;
}

/* Whoever owns the directory decides what is in it; locks of a stranger's are no locks. */
static int refuse_stranger(const struct rootdir *rootdir, char why[ROOTDIR_WHY_MAX])
{
	struct stat stat;
	if (fstat(rootdir->fd, &stat) < 0)
		return -errno;
	if (stat.st_uid == geteuid() || stat.st_uid == 0 || geteuid() == 0)
		return 0;
	snprintf(why, ROOTDIR_WHY_MAX, "it belongs to user %u, not to you or root",
		 (unsigned)stat.st_uid);
	return -EPERM;
}

/*
 * What a daemon could not put in its own place: a mount elsewhere, a "locks" that leads to no
 * mount but takes plain files.
 */
static int refuse_planted(const struct rootdir *rootdir, char why[ROOTDIR_WHY_MAX])
{
	static const struct {
		const char *name;
		mode_t type;
		int error;
	} rows[] = {
		{LAYOUT_MNT, S_IFLNK, -ELOOP},
		{LAYOUT_LOCKS, S_IFDIR, -EISDIR},
		{LOCKS_TMP, S_IFDIR, -EISDIR},
		{DAEMON_TMP, S_IFDIR, -EISDIR},
	};
	struct stat stat;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (fstatat(rootdir->fd, rows[i].name, &stat, AT_SYMLINK_NOFOLLOW) < 0 ||
		    (stat.st_mode & S_IFMT) != rows[i].type)
			continue;
		snprintf(why, ROOTDIR_WHY_MAX, "\"%s\" in it: %s", rows[i].name,
			 rows[i].type == S_IFDIR ? "it is a directory, and in the way"
						 : plainfile_why(rows[i].error));
		return rows[i].error;
	}
	return 0;
}

/* Who can write to it can replace the journal, and "locks", which says where locks are. */
static int refuse_writers(const struct rootdir *rootdir, char why[ROOTDIR_WHY_MAX])
{
	struct stat stat;
	if (fstat(rootdir->fd, &stat) < 0)
		return -errno;
	if (!(stat.st_mode & S_IWOTH))
		return 0;
	snprintf(why, ROOTDIR_WHY_MAX, "everybody can write to it; run: chmod o-w");
	return -EPERM;
}

/* The daemon that ROOT/daemon names is a zombie or gone: its lock goes with its last thread. */
static bool is_last_daemon_dead(const struct rootdir *rootdir)
{
	char path[PROC_NAME_MAX + 8];
	struct procstat procstat;
	struct span values[KEY_COUNT];
	JSON_DOCUMENT(document);
	int64_t pid;
	if (read_daemon_file(rootdir, &document) || !document.text ||
	    span_object(json_root(&document), daemon_keys, KEY_COUNT, false, values) ||
	    span_get_i64(values[KEY_PID], INT32_MIN, INT32_MAX, &pid))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	return procstat_read(AT_FDCWD, path, 1, &procstat) < 0 || procstat.is_dead;
}

/* Waits, a second at most, for a daemon that was killed a moment ago to be gone whole. */
static int lock_file(const struct rootdir *rootdir)
{
	const struct timespec nap = {.tv_nsec = 10 * 1000 * 1000};
	for (int tries = 0; flock(rootdir->lock_fd, LOCK_EX | LOCK_NB) < 0; tries++) {
		int error = errno;
		if (error != EWOULDBLOCK || tries == 100 || !is_last_daemon_dead(rootdir))
			return -error;
		nanosleep(&nap, NULL);
	}
	return 0;
}

static int take_lock(struct rootdir *rootdir, char why[ROOTDIR_WHY_MAX])
{
	rootdir->lock_fd = plainfile_open(rootdir->fd, LAYOUT_DAEMON_LOCK, O_RDWR | O_CREAT, 0600);
	if (rootdir->lock_fd < 0) {
		snprintf(why, ROOTDIR_WHY_MAX, "the file \"%s\" in it: %s", LAYOUT_DAEMON_LOCK,
			 plainfile_why(rootdir->lock_fd));
		return rootdir->lock_fd;
	}
	int error = lock_file(rootdir);
	if (error == -EWOULDBLOCK)
		snprintf(why, ROOTDIR_WHY_MAX, "another daemon serves it already");
	return error ? error : refuse_other_machine(rootdir, why);
}

int rootdir_open(struct rootdir *rootdir, const char *path, char why[ROOTDIR_WHY_MAX])
{
	*rootdir = (struct rootdir){.fd = -1, .lock_fd = -1};
	why[0] = '\0';
	rootdir->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = rootdir->fd < 0 ? -errno : refuse_stranger(rootdir, why);
	if (!error)
		error = refuse_writers(rootdir, why);
	if (!error)
		error = refuse_planted(rootdir, why);
	if (!error)
		error = take_lock(rootdir, why);
	if (error && !why[0])
		snprintf(why, ROOTDIR_WHY_MAX, "%s", strerror(-error));
	return error;
}

static int write_daemon_file(const struct rootdir *rootdir, const struct settings *settings,
			     pid_t worker)
{
	struct text text = {0};
	char boot_id[40];
	char machine[256];
	char host[256] = "";
	struct stat pids;
	machine_id(machine);
	gethostname(host, sizeof(host) - 1);
	rootdir_boot_id(boot_id);
	text_puts(&text, "{");
	text_key_i64(&text, "pid", getpid());
	text_key_i64(&text, "worker", worker ? worker : getpid());
	if (stat("/proc/self/ns/pid", &pids) == 0)
		text_key_i64(&text, "pid_ns", (int64_t)pids.st_ino);
	text_key_i64(&text, "uid", geteuid());
	text_key_string(&text, "machine_id", machine);
	text_key_string(&text, "boot_id", boot_id);
	text_key_string(&text, "mountpoint", settings->mountpoint);
	text_key_string(&text, "host", host);
	text_key_string(&text, "version", LOKT_VERSION);
	text_puts(&text, "}\n");
	int fd = plainfile_make(rootdir->fd, DAEMON_TMP, O_WRONLY, 0644);
	int error = fd < 0 ? fd : 0;
	if (text.failed)
		error = -ENOMEM;
	if (!error && write(fd, text.data, text.len) != (ssize_t)text.len)
		error = errno ? -errno : -ENOSPC;
	if (fd >= 0)
		close(fd);
	text_release(&text);
	if (!error && renameat(rootdir->fd, DAEMON_TMP, rootdir->fd, LAYOUT_DAEMON) < 0)
		error = -errno;
	return error;
}

/* Relative where the mount is in its usual place, so that a ROOT can be seen by another path. */
static int point_locks(const struct rootdir *rootdir, const struct settings *settings)
{
	char target[PATH_MAX + 32];
	char usual[PATH_MAX + 8];
	char present[PATH_MAX + 32];
	snprintf(usual, sizeof(usual), "%s/%s", settings->root, LAYOUT_MNT);
	if (strcmp(usual, settings->mountpoint) == 0)
		strcpy(target, LAYOUT_LOCKS_TARGET);
	else
		snprintf(target, sizeof(target), "%s/%s/%s", settings->mountpoint, LAYOUT_CONTROL,
			 LAYOUT_HERE);
	ssize_t len = readlinkat(rootdir->fd, LAYOUT_LOCKS, present, sizeof(present));
	if (len == (ssize_t)strlen(target) && memcmp(present, target, (size_t)len) == 0)
		return 0;
	unlinkat(rootdir->fd, LOCKS_TMP, 0);
	if (symlinkat(target, rootdir->fd, LOCKS_TMP) < 0 ||
	    renameat(rootdir->fd, LOCKS_TMP, rootdir->fd, LAYOUT_LOCKS) < 0)
		return -errno;
	return 0;
}

void rootdir_adopt(struct rootdir *rootdir, int fd, int lock_fd)
{
	*rootdir = (struct rootdir){.fd = fd, .lock_fd = lock_fd};
}

int rootdir_announce(struct rootdir *rootdir, const struct settings *settings, pid_t worker)
{
	int error = write_daemon_file(rootdir, settings, worker);
	if (error)
		return error;
	rootdir->is_claimed = true;
	return point_locks(rootdir, settings);
}

void rootdir_close(struct rootdir *rootdir)
{
	if (rootdir->is_claimed)
		unlinkat(rootdir->fd, LAYOUT_DAEMON, 0);
	if (rootdir->lock_fd >= 0)
		close(rootdir->lock_fd);
	if (rootdir->fd >= 0)
		close(rootdir->fd);
}

/*
 * Paths in the mount, and the talk through .lokt/request: one question and one answer on
 * one descriptor. Everything is reached from one descriptor of the mount's root, so that an
 * answer never mixes two mounts.
 */
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/json.h"
#include "daemonfile.h"
#include "host/smallfile.h"
#include "lokt/layout.h"
#include "readall.h"

/* More than a full table's status.json. */
#define DOCUMENT_MAX (UINT64_C(1) << 30)

/* More than one lease's. */
#define LOCK_TEXT_MAX 16384

static enum mount_state state_of(int error)
{
	switch (error) {
	case ENOENT:
		return MOUNT_ABSENT;
	case ENOTCONN:
	case ECONNABORTED:
		return MOUNT_DEAD;
	case EACCES:
		return MOUNT_FOREIGN;
	default:
		return MOUNT_BROKEN;
	}
}

static struct mount mount_failed(enum mount_state state, int error)
{
	return (struct mount){.state = state, .error = error, .dir_fd = -1};
}

/* Asks the kernel only, not the daemon. */
static bool is_mount_root(int fd)
{
	struct statx found;

	return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &found) == 0 &&
	       (found.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

/* 0 or a positive errno: the one question about a directory that no kernel answers by itself. */
static int has_answered(int fd)
{
	struct statfs found;

	return fstatfs(fd, &found) < 0 ? errno : 0;
}

void client_open(const char *root, struct mount *out)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", root, LAYOUT_LOCKS) >= (int)sizeof(path)) {
		*out = mount_failed(MOUNT_BROKEN, ENAMETOOLONG);
		return;
	}
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		*out = mount_failed(state_of(errno), errno);
		return;
	}
	/* A plain directory is none of ours; and the kernel may know the way here without a daemon. */
	int error = is_mount_root(fd) ? has_answered(fd) : EMEDIUMTYPE;
	if (error) {
		close(fd);
		*out = mount_failed(error == EMEDIUMTYPE ? MOUNT_BROKEN : state_of(error), error);
		return;
	}
	*out = (struct mount){.state = MOUNT_LIVE, .dir_fd = fd};
}

void client_close(struct mount *mount)
{
	if (mount->dir_fd >= 0)
		close(mount->dir_fd);
	mount->dir_fd = -1;
}

static void explain_foreign(const char *root, char why[CLIENT_WHY_MAX])
{
	struct daemonfile daemon;
	const struct passwd *user;

	if (daemonfile_read(root, &daemon) < 0) {
		snprintf(why, CLIENT_WHY_MAX,
			 "permission denied: %.300s/%s belongs to another user", root,
			 LAYOUT_LOCKS);
		return;
	}
	user = getpwuid(daemon.uid);
	snprintf(why, CLIENT_WHY_MAX,
		 "permission denied: %.300s is mounted by user %.100s (uid %u)", root,
		 user ? user->pw_name : "?", (unsigned)daemon.uid);
}

void client_explain(const char *root, const struct mount *mount, char why[CLIENT_WHY_MAX])
{
	switch (mount->state) {
	case MOUNT_LIVE:
		snprintf(why, CLIENT_WHY_MAX, "mounted");
		return;
	case MOUNT_ABSENT:
		snprintf(why, CLIENT_WHY_MAX, "nothing is mounted for %.300s", root);
		return;
	case MOUNT_DEAD:
		snprintf(why, CLIENT_WHY_MAX, "the daemon of %.300s is gone", root);
		return;
	case MOUNT_FOREIGN:
		explain_foreign(root, why);
		return;
	case MOUNT_BROKEN:
		snprintf(why, CLIENT_WHY_MAX, "%.300s/%s: %s", root, LAYOUT_LOCKS,
			 mount->error == EMEDIUMTYPE ? "is not a loktfs mount"
						     : strerror(mount->error));
		return;
	}
}

int client_holds(const struct mount *mount, const char *encoded_name)
{
	if (faccessat(mount->dir_fd, encoded_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

static int read_document(const struct mount *mount, const char *path, struct text *out)
{
	SCOPED_FD fd = openat(mount->dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : readall(fd, DOCUMENT_MAX, out);
}

int client_read_status(const struct mount *mount, struct text *out)
{
	return read_document(mount, LAYOUT_CONTROL "/" LAYOUT_STATUS, out);
}

int client_read_lease(const struct mount *mount, const char *encoded_name, struct lease_view *out)
{
	struct text text = {0};
	int error = read_document(mount, encoded_name, &text);

	if (!error)
		error = lease_json_read(text.data ? text.data : "", text.len, out);
	text_release(&text);
	return error;
}

int client_open_lock(const struct mount *mount, const char *encoded_name)
{
	int fd = openat(mount->dir_fd, encoded_name,
			O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0666);

	return fd < 0 ? -errno : fd;
}

int client_read_lock(int fd, struct lease_view *out)
{
	char text[LOCK_TEXT_MAX];
	ssize_t len = pread(fd, text, sizeof(text), 0);

	if (len < 0)
		return -errno;
	return lease_json_read(text, (size_t)len, out);
}

size_t client_queue_length(const struct mount *mount, const char *encoded_name)
{
	char path[RESOURCE_NAME_MAX + sizeof(LAYOUT_CONTROL "/" LAYOUT_QUEUE "/")];
	struct text text = {0};
	struct span waiter = {0};
	JSON_DOCUMENT(document);
	size_t count = 0;

	snprintf(path, sizeof(path), "%s/%s/%s", LAYOUT_CONTROL, LAYOUT_QUEUE, encoded_name);
	if (read_document(mount, path, &text) == 0 && text.len &&
	    json_parse_array(text.data, text.len, &document) == 0)
		span_first(json_root(&document), &waiter);
	for (; span_has(waiter); waiter = span_next(json_root(&document), waiter))
		count++;
	text_release(&text);
	return count;
}

/* An answer is a line, so that its end need not be asked for. */
static int read_answer(int fd, struct text *out)
{
	char bytes[LOCK_TEXT_MAX];
	ssize_t got;

	do {
		got = read(fd, bytes, sizeof(bytes));
		if (got > 0)
			text_add(out, bytes, (size_t)got);
		if (out->failed)
			return -ENOMEM;
		if (out->len > DOCUMENT_MAX)
			return -EFBIG;
	} while ((got > 0 && bytes[got - 1] != '\n') || (got < 0 && errno == EINTR));
	return got < 0 ? -errno : 0;
}

static int ask_in_words(int fd, const struct text *question, struct answer_view *answer)
{
	struct text text = {0};
	ssize_t put = write(fd, question->data, question->len);
	int error;

	if (put < 0)
		return -errno;
	if ((size_t)put != question->len)
		return -EIO;
	error = read_answer(fd, &text);
	if (!error)
		error = answer_parse(text.data ? text.data : "", text.len, answer);
	text_release(&text);
	return error;
}

int client_open_request(const struct mount *mount)
{
	int fd = openat(mount->dir_fd, LAYOUT_CONTROL "/" LAYOUT_REQUEST, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int client_ask_through(int fd, const struct ask *ask, struct answer_view *answer)
{
	struct text question = {0};
	int error;

	ask_write(&question, ask);
	error = question.failed ? -ENOMEM : ask_in_words(fd, &question, answer);
	text_release(&question);
	return error;
}

int client_ask(const struct mount *mount, const struct ask *ask, struct answer_view *answer)
{
	SCOPED_FD fd = client_open_request(mount);

	return fd < 0 ? fd : client_ask_through(fd, ask, answer);
}

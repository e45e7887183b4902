/*
 * See nested.h. LOKT_HELD is a list of NAME/LOCK_ID/PID/RING separated by blanks; none of these
 * can hold a slash or a blank. It is a hint only: a ring proves by its name whose it is, and the
 * live lease by its lock id that it still stands.
 */
#include "nested.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lokt/text.h"

#define VARIABLE "LOKT_HELD"
#define SEAT_BYTE 0
#define TURN_BYTE 1
#define RING_NAME_MAX (LOCK_ID_LEN + 40)

/* Where no script's own numbered redirections are. */
#define FD_FIRST 64

static bool read_number(const char **at, int *out)
{
	char *end;
	long number;

	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	number = strtol(*at, &end, 10);
	if (errno || number > INT_MAX)
		return false;
	*at = end;
	*out = (int)number;
	return true;
}

/* A field up to the next slash; out has room for cap bytes. */
static bool read_field(const char **at, char *out, size_t cap)
{
	size_t len = strcspn(*at, "/ ");

	if (len == 0 || len >= cap || (*at)[len] != '/')
		return false;
	memcpy(out, *at, len);
	out[len] = '\0';
	*at += len + 1;
	return true;
}

static bool read_guard(const char *at, struct nested_guard *out)
{
	return read_field(&at, out->name, sizeof(out->name)) &&
	       read_field(&at, out->lock_id, sizeof(out->lock_id)) && read_number(&at, &out->pid) &&
	       *at++ == '/' && read_number(&at, &out->ring_fd) && (*at == ' ' || *at == '\0');
}

bool nested_next(const char **list, struct nested_guard *out)
{
	if (!*list)
		*list = getenv(VARIABLE);
	while (*list && **list) {
		const char *word = *list;

		*list += strcspn(*list, " ");
		*list += strspn(*list, " ");
		if (read_guard(word, out))
			return true;
	}
	return false;
}

int nested_export(const struct nested_guard *guard)
{
	const char *outer = getenv(VARIABLE);
	struct text value = {0};
	int error = 0;

	text_printf(&value, "%s/%s/%d/%d", guard->name, guard->lock_id, (int)guard->pid,
		    guard->ring_fd);
	if (outer && *outer)
		text_printf(&value, " %s", outer);
	if (value.failed || setenv(VARIABLE, value.data, 1) < 0)
		error = -ENOMEM;
	text_release(&value);
	return error;
}

static void ring_name(const char *lock_id, pid_t pid, char out[RING_NAME_MAX])
{
	snprintf(out, RING_NAME_MAX, "lokt-guard-%s-%d", lock_id, (int)pid);
}

int nested_ring_new(const char *lock_id)
{
	char name[RING_NAME_MAX];
	int low_fd;
	int fd;

	ring_name(lock_id, getpid(), name);
	low_fd = memfd_create(name, MFD_CLOEXEC);
	if (low_fd < 0)
		return -errno;
	fd = fcntl(low_fd, F_DUPFD_CLOEXEC, FD_FIRST);
	if (fd < 0)
		return low_fd;
	close(low_fd);
	return fd;
}

/* An open of its own: its locks are not those of whoever made the ring. */
static int open_ring(const char *process, const struct nested_guard *guard)
{
	char path[64];
	char wanted[RING_NAME_MAX + 32];
	char target[sizeof(wanted) + 1];
	char name[RING_NAME_MAX];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/fd/%d", process, guard->ring_fd);
	ring_name(guard->lock_id, guard->pid, name);
	snprintf(wanted, sizeof(wanted), "/memfd:%s (deleted)", name);
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return -errno;
	target[len] = '\0';
	if (strcmp(target, wanted) != 0)
		return -ENOENT;
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Inherited, or, where something like sudo or python closed it, from the guard itself. */
static int find_ring(const struct nested_guard *guard)
{
	char process[16];
	int fd = open_ring("self", guard);

	if (fd >= 0)
		return fd;
	snprintf(process, sizeof(process), "%d", (int)guard->pid);
	return open_ring(process, guard);
}

static int lock(int fd, int command, short type, off_t byte)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};

	return fcntl(fd, command, &lock) < 0 ? -errno : 0;
}

/* Waits for the lock: 0, -ETIMEDOUT, or another negative errno. */
static int lock_within(int fd, short type, off_t byte, const struct timelimit *limit)
{
	int error;

	while ((error = lock(fd, F_OFD_SETLKW, type, byte)) == -EINTR) {
		if (timelimit_left_ms(limit) == 0)
			return -ETIMEDOUT;
	}
	return error;
}

int nested_sit(const struct nested_guard *guard, const struct timelimit *limit)
{
	struct stat stat;
	int low_fd = find_ring(guard);
	int fd;
	int error;

	if (low_fd < 0)
		return -ENOENT;
	fd = fcntl(low_fd, F_DUPFD_CLOEXEC, FD_FIRST);
	close(low_fd);
	if (fd < 0)
		return -EMFILE;
	error = lock_within(fd, F_RDLCK, SEAT_BYTE, limit);
	if (!error && (fstat(fd, &stat) < 0 || stat.st_size != 0))
		error = -ENOENT;
	if (error)
		close(fd);
	return error ? error : fd;
}

int nested_take_turn(int seat_fd, const struct timelimit *limit)
{
	return lock_within(seat_fd, F_WRLCK, TURN_BYTE, limit);
}

void nested_leave(int seat_fd)
{
	lock(seat_fd, F_OFD_SETLK, F_UNLCK, TURN_BYTE);
	lock(seat_fd, F_OFD_SETLK, F_UNLCK, SEAT_BYTE);
	close(seat_fd);
}

bool nested_ring_closes(int ring_fd)
{
	return lock(ring_fd, F_OFD_SETLK, F_WRLCK, SEAT_BYTE) == 0;
}

void nested_await_close(int ring_fd)
{
	while (lock(ring_fd, F_OFD_SETLKW, F_WRLCK, SEAT_BYTE) == -EINTR)
		continue;
}

/* A ring of one byte is over: its descriptor may live on in the background for long. */
void nested_ring_end(int ring_fd)
{
	if (ftruncate(ring_fd, 1) == 0)
		lock(ring_fd, F_OFD_SETLK, F_UNLCK, SEAT_BYTE);
	close(ring_fd);
}

/*
 * history_client LOG MNT SECONDS SEED NAME…: one client of a real mount. Does random operations by
 * system calls and logs each before and after (checker.h has the form). What a live lock service
 * never answers is named on stderr, counted, and makes the status 1. At its end it holds nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "checker.h"

#define TTL_MS 40
#define NAMES_MAX 16

struct client {
	int log_fd;
	const char *mnt;
	uint32_t id;
	uint64_t random;
	unsigned failures;
	unsigned raced; /* by path, and the lease there changed twice meanwhile */
	unsigned done;
	size_t names;
	char *const *name;
	bool holds[NAMES_MAX]; /* unbound, as far as it knows */
	int bound_fd;	       /* of the name it holds by flock, or -1 */
	size_t bound;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static unsigned draw(struct client *client, unsigned below)
{
	client->random ^= client->random << 13;
	client->random ^= client->random >> 7;
	client->random ^= client->random << 17;
	return (unsigned)(client->random % below);
}

/* A line is one write, so that a killed client leaves at most half of its last. */
static void put(const struct client *client, const char *line, int len)
{
	if (write(client->log_fd, line, (size_t)len) != len) {
		perror("history_client: log");
		exit(2);
	}
}

static void begin(const struct client *client, enum history_op op, size_t name)
{
	char line[256];
	int len = snprintf(line, sizeof(line), "i %" PRId64 " %" PRIu32 " %s %s\n", now_ns(),
			   client->id, history_op_word(op), client->name[name]);

	put(client, line, len);
}

static void end(struct client *client, enum history_op op, size_t name, enum history_result result,
		uint64_t token, int64_t ttl_ms)
{
	char line[256];
	int len = snprintf(line, sizeof(line),
			   "r %" PRId64 " %" PRIu32 " %s %s %s %" PRIu64 " %" PRId64 "\n", now_ns(),
			   client->id, history_op_word(op), client->name[name],
			   history_result_word(result), token, ttl_ms);

	put(client, line, len);
	client->done++;
}

/* What an errno says; what it cannot say is a failure, and named. */
static enum history_result result_of(struct client *client, enum history_op op, size_t name,
				     int error)
{
	switch (error) {
	case 0:
		return H_OK;
	case EEXIST:
	case EBUSY:
	case EWOULDBLOCK:
		return H_HELD;
	case EPERM:
		return H_NOT_OWNER;
	case ENOENT:
		return H_NONE;
	}
	client->failures++;
	fprintf(stderr, "FAILED: client %" PRIu32 " %s %s: %s\n", client->id, history_op_word(op),
		client->name[name], strerror(error));
	return H_ERROR;
}

static void path_of(const struct client *client, const char *directory, size_t name, char out[512])
{
	snprintf(out, 512, "%s/%s%s", client->mnt, directory, client->name[name]);
}

static int token_of(int fd, uint64_t *token)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return errno;
	*token = (uint64_t)st.st_ino;
	return 0;
}

static int set_ttl(int fd, int64_t ttl_ms)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%" PRId64 "ms", ttl_ms);

	if (!ttl_ms)
		return 0;
	return write(fd, text, (size_t)len) == len ? 0 : errno;
}

static void acquire(struct client *client, size_t name)
{
	int64_t ttl_ms = draw(client, 4) == 0 ? TTL_MS : 0;
	uint64_t token = 0;
	char path[512];
	int fd, error;

	path_of(client, "", name, path);
	begin(client, H_ACQUIRE, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	error = fd < 0 ? errno : token_of(fd, &token);
	if (!error)
		error = set_ttl(fd, ttl_ms);
	if (fd >= 0 && close(fd) != 0 && !error)
		error = errno;
	/* so short a TTL may be over before the close is */
	if (error == ESTALE && ttl_ms && token)
		error = 0;
	enum history_result result = result_of(client, H_ACQUIRE, name, error);

	end(client, H_ACQUIRE, name, result, token, ttl_ms);
	client->holds[name] = client->holds[name] || result == H_OK || result == H_ERROR;
}

static void release(struct client *client, size_t name)
{
	char path[512];

	path_of(client, "", name, path);
	begin(client, H_RELEASE, name);
	int error = unlink(path) == 0 ? 0 : errno;
	enum history_result result = result_of(client, H_RELEASE, name, error);

	end(client, H_RELEASE, name, result, 0, 0);
	client->holds[name] = client->holds[name] && result == H_ERROR;
}

/*
 * No descriptor is meant where a path's lease has ended under the kernel's hands; it looks again
 * once by itself and says ESTALE the second time. Asked again, which is still the same operation.
 */
static bool has_raced(struct client *client, int error)
{
	client->raced += error == ESTALE;
	return error == ESTALE;
}

static void renew(struct client *client, size_t name)
{
	char path[512];

	path_of(client, ".lokt/renew/", name, path);
	begin(client, H_RENEW, name);
	int error;

	do {
		error = utimensat(AT_FDCWD, path, NULL, 0) == 0 ? 0 : errno;
	} while (has_raced(client, error));

	end(client, H_RENEW, name, result_of(client, H_RENEW, name, error), 0, 0);
}

static void look(struct client *client, size_t name)
{
	struct stat st = {0};
	char path[512];

	path_of(client, "", name, path);
	begin(client, H_EXISTS, name);
	int error;

	do {
		error = stat(path, &st) == 0 ? 0 : errno;
	} while (has_raced(client, error));

	end(client, H_EXISTS, name, result_of(client, H_EXISTS, name, error), st.st_ino, 0);
}

/* Waits only while it holds nothing itself, so that no two clients wait for each other. */
static bool may_wait(const struct client *client)
{
	for (size_t i = 0; i < client->names; i++)
		if (client->holds[i])
			return false;
	return true;
}

static void lock(struct client *client, size_t name)
{
	int how = LOCK_EX | (may_wait(client) && draw(client, 2) ? 0 : LOCK_NB);
	uint64_t token = 0;
	char path[512];

	path_of(client, "", name, path);
	begin(client, H_FLOCK, name);
	int fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
	int error = fd < 0 || flock(fd, how) != 0 ? errno : token_of(fd, &token);
	enum history_result result = result_of(client, H_FLOCK, name, error);

	end(client, H_FLOCK, name, result, token, 0);
	if (result == H_OK) {
		client->bound_fd = fd;
		client->bound = name;
	} else if (fd >= 0) {
		close(fd);
	}
}

static void unlock(struct client *client)
{
	size_t name = client->bound;
	bool by_close = draw(client, 2);
	int error = 0;

	begin(client, H_UNLOCK, name);
	if (!by_close && flock(client->bound_fd, LOCK_UN) != 0)
		error = errno;
	if (close(client->bound_fd) != 0 && !error)
		error = errno;
	/* the kernel does not wait for the answer to the last close */
	end(client, H_UNLOCK, name, by_close ? H_UNKNOWN : result_of(client, H_UNLOCK, name, error),
	    0, 0);
	client->bound_fd = -1;
}

static void step(struct client *client)
{
	size_t name = draw(client, (unsigned)client->names);
	unsigned dice = draw(client, 10);

	if (client->bound_fd >= 0 && (dice < 5 || name == client->bound))
		unlock(client);
	else if (client->holds[name] && dice > 0 && dice < 4)
		release(client, name);
	else if (dice < 3)
		acquire(client, name);
	else if (dice < 5 && client->bound_fd < 0 && !client->holds[name])
		lock(client, name);
	else if (dice == 5)
		renew(client, name);
	else if (dice == 6)
		release(client, name);
	else
		look(client, name);
}

static void let_go(struct client *client)
{
	if (client->bound_fd >= 0)
		unlock(client);
	for (size_t i = 0; i < client->names; i++)
		if (client->holds[i])
			release(client, i);
}

int main(int argc, char **argv)
{
	if (argc < 6 || argc - 5 > NAMES_MAX) {
		fprintf(stderr, "usage: history_client LOG MNT SECONDS SEED NAME…\n");
		return 64;
	}
	struct client client = {
		.log_fd = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644),
		.mnt = argv[2],
		.id = (uint32_t)getpid(),
		.random = strtoull(argv[4], NULL, 10) * 2654435761 + 88172645463325252,
		.names = (size_t)argc - 5,
		.name = argv + 5,
		.bound_fd = -1,
	};
	int64_t until = now_ns() + strtoll(argv[3], NULL, 10) * 1000000000;

	if (client.log_fd < 0) {
		perror(argv[1]);
		return 2;
	}
	while (now_ns() < until)
		step(&client);
	let_go(&client);
	printf("client %" PRIu32 ": %u operations, %u raced, %u failed\n", client.id, client.done,
	       client.raced, client.failures);
	return client.failures != 0;
}

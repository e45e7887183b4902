/*
 * Many operations from one process, where starting a tool for each would take too long:
 *   load many DIR PREFIX N     acquires N names; stops at the first that fails
 *   load drop DIR PREFIX N     releases them
 *   load pairs FILE N          N times acquire and release
 *   load watch FILE            looks a name up in a tight loop until it is gone, says when
 *   load client DIR LOG ID ROUND SEED   random work till the daemon dies; what was acknowledged
 *                              goes to LOG
 *   load check DIR LOG…        compares the mount with what was acknowledged
 * A log's lines: "A name token round" acquired; "r token" about to release; "R token" released.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define OWN_NAMES 20
#define SHARED_NAMES 10
#define NAMES (OWN_NAMES + SHARED_NAMES)
#define PATH_SIZE 600

static double seconds(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Acquires; 0 with the token, or a negative errno. */
static int acquire(const char *path, uint64_t *token)
{
	struct stat st;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		return -errno;
	int rc = fstat(fd, &st) < 0 ? -errno : 0;
	if (close(fd) < 0)
		rc = -errno;
	if (rc == 0)
		*token = (uint64_t)st.st_ino;
	return rc;
}

static bool is_held_elsewhere(int rc)
{
	return rc == -EBUSY || rc == -EEXIST;
}

static bool is_dead_mount(int rc)
{
	return rc == -ENOTCONN || rc == -ECONNABORTED || rc == -EIO || rc == -ENODEV;
}

static int complain(const char *what, const char *path, int rc)
{
	printf("%s %s: %s\n", what, path, strerrorname_np(-rc));
	return 1;
}

static void many_path(char out[PATH_SIZE], char **a, long i)
{
	snprintf(out, PATH_SIZE, "%s/%s%06ld", a[0], a[1], i);
}

static int do_many(char **a)
{
	long wanted = atol(a[2]);
	double begin = seconds(CLOCK_MONOTONIC);
	char path[PATH_SIZE];
	uint64_t token;

	for (long i = 0; i < wanted; i++) {
		many_path(path, a, i);
		int rc = acquire(path, &token);
		if (rc < 0) {
			printf("%ld %s\n", i, strerrorname_np(-rc));
			return 1;
		}
	}
	printf("%ld ok %.3f s\n", wanted, seconds(CLOCK_MONOTONIC) - begin);
	return 0;
}

static int do_drop(char **a)
{
	long wanted = atol(a[2]);
	double begin = seconds(CLOCK_MONOTONIC);
	char path[PATH_SIZE];

	for (long i = 0; i < wanted; i++) {
		many_path(path, a, i);
		if (unlink(path) < 0)
			return complain("unlink", path, -errno);
	}
	printf("%ld ok %.3f s\n", wanted, seconds(CLOCK_MONOTONIC) - begin);
	return 0;
}

static int do_pairs(char **a)
{
	long wanted = atol(a[1]);
	double begin = seconds(CLOCK_MONOTONIC);
	uint64_t token;

	for (long i = 0; i < wanted; i++) {
		int rc = acquire(a[0], &token);
		if (rc < 0)
			return complain("acquire", a[0], rc);
		if (unlink(a[0]) < 0)
			return complain("unlink", a[0], -errno);
	}
	printf("%ld ok %.3f s\n", wanted, seconds(CLOCK_MONOTONIC) - begin);
	return 0;
}

static int do_watch(char **a)
{
	struct stat st;
	double expiry = 0;

	while (stat(a[0], &st) == 0)
		expiry = (double)st.st_mtim.tv_sec + (double)st.st_mtim.tv_nsec / 1e9;
	if (errno != ENOENT)
		return complain("stat", a[0], -errno);
	printf("%.6f\n", seconds(CLOCK_REALTIME) - expiry);
	return 0;
}

/* ---- the crash load */

/* The shared ones are new each round: one whose acquire was cut off stays held for ever. */
static void client_name(char out[64], char **a, unsigned i)
{
	if (i < OWN_NAMES)
		snprintf(out, 64, "c%s-%u", a[2], i);
	else
		snprintf(out, 64, "s%s-%u", a[3], i - OWN_NAMES);
}

/* One write a line, so that a line is whole or not there. */
static void note(int log, const char *line, int len)
{
	if (write(log, line, (size_t)len) != len)
		abort();
}

/* What this client still holds, from its own log. */
static void client_recall(char **a, uint64_t tokens[NAMES])
{
	char line[256];
	char name[64];
	char known[64];
	uint64_t token;
	FILE *log = fopen(a[1], "re");

	while (log && fgets(line, sizeof(line), log)) {
		if (sscanf(line, "A %63s %" SCNu64, name, &token) == 2) {
			for (unsigned i = 0; i < NAMES; i++) {
				client_name(known, a, i);
				if (strcmp(known, name) == 0)
					tokens[i] = token;
			}
		} else if (sscanf(line, "r %" SCNu64, &token) == 1) {
			for (unsigned i = 0; i < NAMES; i++)
				tokens[i] = tokens[i] == token ? 0 : tokens[i];
		}
	}
	if (log)
		fclose(log);
}

static int client_release(int log, const char *path, uint64_t token)
{
	char line[64];

	note(log, line, snprintf(line, sizeof(line), "r %" PRIu64 "\n", token));
	if (unlink(path) < 0)
		return -errno;
	note(log, line, snprintf(line, sizeof(line), "R %" PRIu64 "\n", token));
	return 0;
}

static int client_acquire(int log, const char *path, const char *name, const char *round,
			  uint64_t *token)
{
	char line[256];
	int rc = acquire(path, token);

	if (rc < 0)
		return rc;
	note(log, line, snprintf(line, sizeof(line), "A %s %" PRIu64 " %s\n", name, *token, round));
	return 0;
}

/* One random step. 0, or what the kernel said. */
static int client_step(char **a, int log, unsigned i, uint64_t tokens[NAMES])
{
	char name[64];
	char path[PATH_SIZE];

	client_name(name, a, i);
	snprintf(path, sizeof(path), "%s/%s", a[0], name);
	if (tokens[i] == 0) {
		int rc = client_acquire(log, path, name, a[3], &tokens[i]);
		if (!is_held_elsewhere(rc))
			return rc;
		/* Its own: an acquire or a release of an earlier round that was cut off. */
		return i < OWN_NAMES && unlink(path) < 0 ? -errno : 0;
	}
	uint64_t token = tokens[i];
	tokens[i] = 0;
	return client_release(log, path, token);
}

static int do_client(char **a)
{
	uint64_t tokens[NAMES] = {0};
	unsigned seed = (unsigned)atol(a[4]);

	client_recall(a, tokens);
	int log = open(a[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (log < 0)
		return complain("open", a[1], -errno);
	for (;;) {
		unsigned i = (unsigned)rand_r(&seed) % NAMES;
		int rc = client_step(a, log, i, tokens);
		/* An acquire that was cut off may hold all the same: nothing promised. */
		if (is_dead_mount(rc))
			return 0;
		if (rc < 0) {
			char name[64];
			client_name(name, a, i);
			return complain("client", name, rc);
		}
	}
}

/* ---- the check */

struct acknowledged {
	char name[64];
	uint64_t token;
	long round;
	bool is_leaving;
	bool has_left;
};

static struct acknowledged *all;
static size_t all_len;

static int by_token(const void *a, const void *b)
{
	const struct acknowledged *x = a;
	const struct acknowledged *y = b;

	return (x->token > y->token) - (x->token < y->token);
}

static void recall_acquires(FILE *log)
{
	struct acknowledged one = {0};
	char line[256];

	while (fgets(line, sizeof(line), log)) {
		if (sscanf(line, "A %63s %" SCNu64 " %ld", one.name, &one.token, &one.round) != 3)
			continue;
		all = realloc(all, (all_len + 1) * sizeof(*all));
		if (!all)
			abort();
		all[all_len++] = one;
	}
}

static void recall_releases(FILE *log)
{
	struct acknowledged key = {0};
	char line[256];
	char kind;

	while (fgets(line, sizeof(line), log)) {
		if (sscanf(line, "%c %" SCNu64, &kind, &key.token) != 2 || kind == 'A')
			continue;
		struct acknowledged *one = bsearch(&key, all, all_len, sizeof(*all), by_token);
		if (!one)
			abort();
		*(kind == 'r' ? &one->is_leaving : &one->has_left) = true;
	}
}

static void each_log(char **paths, void (*recall)(FILE *log))
{
	for (; *paths; paths++) {
		FILE *log = fopen(*paths, "re");
		if (!log)
			continue;
		recall(log);
		fclose(log);
	}
}

static int check_tokens(void)
{
	int faults = 0;
	long highest_round = 0;

	for (size_t i = 0; i < all_len; i++) {
		if (i > 0 && all[i].token == all[i - 1].token)
			faults += printf("token %" PRIu64 " was given twice\n", all[i].token) > 0;
		if (all[i].round < highest_round)
			faults += printf("token %" PRIu64 " of round %ld goes back\n", all[i].token,
					 all[i].round) > 0;
		highest_round = all[i].round > highest_round ? all[i].round : highest_round;
	}
	return faults;
}

static int check_one(const char *dir, const struct acknowledged *one)
{
	char path[PATH_SIZE];
	struct stat st;
	uint64_t found = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, one->name);
	if (stat(path, &st) == 0)
		found = (uint64_t)st.st_ino;
	else if (errno != ENOENT)
		return complain("stat", path, -errno);
	if (!one->is_leaving && found != one->token)
		return printf("%s: acquired with token %" PRIu64 ", now %" PRIu64 "\n", one->name,
			      one->token, found) > 0;
	if (one->has_left && found == one->token)
		return printf("%s: released token %" PRIu64 " is back\n", one->name, found) > 0;
	return 0;
}

static int do_check(char **a)
{
	size_t held = 0;
	int faults;

	each_log(a + 1, recall_acquires);
	if (all_len > 0)
		qsort(all, all_len, sizeof(*all), by_token);
	each_log(a + 1, recall_releases);
	faults = check_tokens();
	for (size_t i = 0; i < all_len; i++) {
		faults += check_one(a[0], &all[i]);
		held += !all[i].is_leaving;
	}
	printf("%zu acknowledged, %zu held, %d faults\n", all_len, held, faults);
	return faults > 0;
}

static const struct {
	const char *word;
	int arguments; /* at least */
	int (*run)(char **arguments);
} modes[] = {
	{"many", 3, do_many},	{"drop", 3, do_drop},	  {"pairs", 2, do_pairs},
	{"watch", 1, do_watch}, {"client", 5, do_client}, {"check", 2, do_check},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(argv[1], modes[i].word) == 0 && argc - 2 >= modes[i].arguments)
			return modes[i].run(argv + 2);
	}
	fprintf(stderr, "load: see the top of its source\n");
	return 64;
}

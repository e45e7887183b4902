/*
 * How long a client's acquire takes while many other leases expire.
 *   burst KEY DIR COUNT SPREAD_MS
 * Makes COUNT leases in DIR, whose expiries are spread over so many milliseconds (0: one moment for
 * all). Then acquires other names, from a second before the first expires until the
 * last is gone. Prints, in nanoseconds:
 *   KEY.before N   the slowest acquire (open, close) before the first expiry
 *   KEY.during N   the slowest one after it
 *   KEY.late N     from the last expiry until a client saw that it had come
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NS INT64_C(1000000000)
#define MS INT64_C(1000000)
#define TRIAL 200
#define PATIENCE (120 * NS)

static long clients; /* names that the client has acquired */

static void die(const char *what)
{
	fprintf(stderr, "burst: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* What expiries are given in. */
static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NS + now.tv_nsec;
}

static void name(char out[32], long number)
{
	snprintf(out, 32, "burst%06ld", number);
}

static void client_name(char out[32], long number)
{
	snprintf(out, 32, "client%06ld", number);
}

static int make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		die(path);
	return fd;
}

static void make_until(const char *path, int64_t expiry)
{
	struct timespec when = {.tv_sec = expiry / NS, .tv_nsec = expiry % NS};
	int fd = make(path);

	if (futimens(fd, (struct timespec[]){when, when}) < 0 || close(fd) < 0)
		die(path);
}

static int64_t trial(void)
{
	int64_t begin = now_ns();

	for (long i = 0; i < TRIAL; i++) {
		make_until("trial", begin + 3600 * NS);
		if (unlink("trial") < 0)
			die("trial");
	}
	return (now_ns() - begin) / TRIAL;
}

/* When the first expires: late enough for all to be made before, by twice what a trial took. */
static int64_t fill(long count, int64_t spread)
{
	int64_t first = now_ns() + 2 * count * trial() + NS + NS / 2;
	char own[32];

	for (long i = 0; i < count; i++) {
		name(own, i);
		make_until(own, first + spread * i / count);
	}
	if (now_ns() > first) {
		errno = ETIME;
		die("making the leases");
	}
	return first;
}

/*
 * Another name each time: a release between two acquires would take what delays them upon itself.
 * Counted from the end of the one before, for a busy daemon may also keep the client off its
 * processor.
 */
static int64_t acquire_next(int64_t *ended)
{
	int64_t before = *ended;
	char own[32];

	client_name(own, clients++);
	if (close(make(own)) < 0)
		die(own);
	*ended = now_ns();
	return *ended - before;
}

static void release_all(void)
{
	char own[32];

	while (clients > 0) {
		client_name(own, --clients);
		if (unlink(own) < 0)
			die(own);
	}
}

static void raise_to(int64_t *most, int64_t value)
{
	if (value > *most)
		*most = value;
}

static bool is_there(long number)
{
	char own[32];

	name(own, number);
	if (access(own, F_OK) == 0)
		return true;
	if (errno != ENOENT)
		die(own);
	return false;
}

/* One that has not ended when the first expires has met the expiries: it is of the next. */
static int64_t slowest_until(int64_t first, int64_t *next)
{
	int64_t ended = now_ns();
	int64_t most = 0;

	for (;;) {
		int64_t took = acquire_next(&ended);
		if (ended >= first) {
			*next = took;
			return most;
		}
		raise_to(&most, took);
	}
}

/* A look whether it has come to that counts with the next acquire, as it is delayed just the same. */
static int64_t slowest_until_gone(int64_t last, long number, int64_t most)
{
	int64_t ended = now_ns();
	bool is_over = false;

	while (!is_over) {
		raise_to(&most, acquire_next(&ended));
		if (ended > last + PATIENCE) {
			errno = ETIME;
			die("the last lease");
		}
		is_over = ended >= last && !is_there(number);
	}
	raise_to(&most, now_ns() - ended);
	return most;
}

int main(int argc, char **argv)
{
	long count = argc > 4 ? atol(argv[3]) : 0;
	int64_t spread = argc > 4 ? atol(argv[4]) * MS : 0;
	int64_t before, during, late, first, last;

	if (count < 1 || chdir(argv[2]) < 0)
		return 64;
	first = fill(count, spread);
	last = first + spread * (count - 1) / count;
	while (now_ns() < first - NS)
		usleep(10000);
	before = slowest_until(first, &during);
	during = slowest_until_gone(last, count - 1, during);
	late = now_ns() - last;
	printf("%s.before %lld\n%s.during %lld\n%s.late %lld\n", argv[1], (long long)before,
	       argv[1], (long long)during, argv[1], (long long)late);
	release_all();
	return 0;
}

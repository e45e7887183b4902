/*
 * How long from a release until the next in line runs. Prints "KEY NANOSECONDS" a round.
 *   handover flock ROUNDS KEY=PATH…        two processes that take turns by flock(2); round by
 *                                          round on each PATH, so that all meet the same noise
 *   handover command ROUNDS KEY=PATH WORD… the waiter is a program that gets PATH's lock and then
 *                                          runs "handover stamp" (WORDs must end with that)
 *   handover killed ROUNDS KEY=PATH        as flock, but the holder is SIGKILLed
 *   handover killed ROUNDS KEY=PATH WORD…  the holder is a program that gets PATH's lock and then
 *                                          runs "handover hold" (WORDs must end with that): both are
 *   handover stamp                         says when it began to run, for "command"
 *   handover hold                          says who it is and waits for its end, for "killed"
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STAMP_FD 9 /* where "stamp" and "hold" write to */

static void die(const char *what)
{
	fprintf(stderr, "handover: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* A process that does not outlive this one. */
static pid_t start_process(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static int stamp(void)
{
	int64_t now = now_ns();

	return write(STAMP_FD, &now, sizeof(now)) != (ssize_t)sizeof(now);
}

static int hold(void)
{
	pid_t self = getpid();

	if (write(STAMP_FD, &self, sizeof(self)) != (ssize_t)sizeof(self))
		return 1;
	for (;;)
		pause();
}

/* The process is in flock(2), and had the time to get to the file system's queue. */
static void await_waiting(pid_t pid)
{
	char path[64];
	char text[64];
	char wanted[16];
	int64_t until = now_ns() + INT64_C(10000000000);

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	snprintf(wanted, sizeof(wanted), "%d ", SYS_flock);
	do {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

		if (fd >= 0)
			close(fd);
		if (now_ns() > until)
			die("the waiter does not wait");
		text[len > 0 ? len : 0] = '\0';
		usleep(3000);
	} while (strncmp(text, wanted, strlen(wanted)) != 0);
}

static int open_locked(const char *path)
{
	int fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		die(path);
	return fd;
}

static void wait_by_flock(const char *path)
{
	int fd = open_locked(path);

	stamp();
	flock(fd, LOCK_UN);
	_exit(0);
}

static pid_t start_waiter(const char *path, char **words, int out)
{
	pid_t pid = start_process();

	if (pid > 0)
		return pid;
	if (dup2(out, STAMP_FD) < 0)
		_exit(1);
	if (!words)
		wait_by_flock(path);
	execvp(words[0], words);
	_exit(127);
}

/* A process that holds the lock until it is killed; `ready` gets the pid of who says so. */
static pid_t start_holder(const char *path, char **words, int ready)
{
	pid_t pid = start_process();

	if (pid > 0)
		return pid;
	if (dup2(ready, STAMP_FD) < 0)
		_exit(1);
	if (words) {
		execvp(words[0], words);
		_exit(127);
	}
	open_locked(path);
	_exit(hold());
}

static int64_t read_stamp(int in, int64_t since)
{
	int64_t at;

	if (read(in, &at, sizeof(at)) != (ssize_t)sizeof(at))
		die("the waiter did not run");
	return at - since;
}

static int64_t round_of_release(const char *path, char **words, const int ends[2])
{
	int fd = open_locked(path);
	pid_t waiter = start_waiter(path, words, ends[1]);
	int64_t since;
	int64_t took;

	await_waiting(waiter);
	since = now_ns();
	flock(fd, LOCK_UN);
	took = read_stamp(ends[0], since);
	waitpid(waiter, NULL, 0);
	close(fd);
	return took;
}

static int64_t round_of_death(const char *path, char **words, const int ends[2])
{
	int ready[2];
	pid_t holder, waiter, inner;
	int64_t since;
	int64_t took;

	if (pipe2(ready, O_CLOEXEC) < 0)
		die("pipe");
	holder = start_holder(path, words, ready[1]);
	if (read(ready[0], &inner, sizeof(inner)) != (ssize_t)sizeof(inner))
		die("the holder does not hold");
	waiter = start_waiter(path, NULL, ends[1]);
	await_waiting(waiter);
	since = now_ns();
	kill(holder, SIGKILL);
	if (inner != holder)
		kill(inner, SIGKILL);
	took = read_stamp(ends[0], since);
	waitpid(holder, NULL, 0);
	waitpid(waiter, NULL, 0);
	close(ready[0]);
	close(ready[1]);
	return took;
}

typedef int64_t (*round_fn)(const char *path, char **words, const int ends[2]);

/* So many rounds on each path, in turn. */
static void measure(round_fn round, int rounds, char **contenders, int len, char **words)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe");
	for (int i = 0; i < rounds * len; i++) {
		const char *contender = contenders[i % len];
		const char *equals = strchr(contender, '=');
		if (!equals)
			die(contender);
		printf("%.*s %lld\n", (int)(equals - contender), contender,
		       (long long)round(equals + 1, words, ends));
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	int rounds = argc > 3 ? atoi(argv[2]) : 0;

	if (strcmp(mode, "stamp") == 0)
		return stamp();
	if (strcmp(mode, "hold") == 0)
		return hold();
	if (rounds < 1)
		return 64;
	if (strcmp(mode, "flock") == 0)
		measure(round_of_release, rounds, argv + 3, argc - 3, NULL);
	else
		measure(strcmp(mode, "killed") == 0 ? round_of_death : round_of_release, rounds,
			argv + 3, 1, argc > 4 ? argv + 4 : NULL);
	return 0;
}

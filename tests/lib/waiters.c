/*
 * Many who wait for one lock by flock(2), and what may happen to them: waiters MODE ARGUMENTS.
 * Each mode prints what it found and ends with status 1 when that was wrong. NAME is a held or
 * free name in the directory MNT; who is queued is read from MNT/.lokt/queue.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 60000

static void die(const char *what)
{
	fprintf(stderr, "waiters: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void nap_us(int us)
{
	usleep((useconds_t)us);
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

static char lock_path[4096];
static char queue_path[4096];

static int open_lock(void)
{
	int fd = open(lock_path, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		die(lock_path);
	return fd;
}

static int take_lock(void)
{
	int fd = open_lock();

	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		die("the name is not free");
	return fd;
}

static char queue[1 << 22];

/* Reads the queue: how many are in it; none where there is no lease. */
static int read_queue(void)
{
	size_t len = 0;
	ssize_t got;
	int count = 0;
	int fd = open(queue_path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && len < sizeof(queue) - 1 &&
	       (got = read(fd, queue + len, sizeof(queue) - 1 - len)) > 0)
		len += (size_t)got;
	if (fd >= 0)
		close(fd);
	queue[len] = '\0';
	for (const char *at = queue; (at = strstr(at, "\"place\":")); at++)
		count++;
	return count;
}

static void await_queued(int count)
{
	int64_t until = now_us() + LIMIT_MS * 1000;
	/* a long queue takes long to read, for us and for the daemon */
	int pause_us = count > 1000 ? 200000 : 100;

	while (read_queue() < count) {
		if (now_us() > until)
			die("they do not all wait");
		nap_us(pause_us);
	}
}

/* Until that very process is in the queue, or has left it already. */
static void await_arrival(pid_t pid)
{
	int64_t until = now_us() + LIMIT_MS * 1000;
	char wanted[32];
	siginfo_t info = {0};

	snprintf(wanted, sizeof(wanted), "\"pid\":%d}", (int)pid);
	do {
		read_queue();
		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
			die("waitid");
		if (now_us() > until)
			die("it does not wait");
	} while (!strstr(queue, wanted) && info.si_pid != pid);
}

/* ---- order MNT NAME COUNT SEED: arrival order is grant order, whoever leaves meanwhile */

enum fate { STAYS, TIMES_OUT, IS_SIGNALLED, IS_KILLED, IS_STOPPED, FATES };

static void on_signal(int signal)
{
	(void)signal;
}

static void report(int fd, int number, bool is_granted)
{
	int record[2] = {number, is_granted};

	if (write(fd, record, sizeof(record)) != (ssize_t)sizeof(record))
		_exit(1);
}

static void wait_in_line(int number, enum fate fate, int timeout_ms, int out)
{
	const struct sigaction action = {.sa_handler = on_signal};
	struct itimerval timer = {
		.it_value = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000}};
	int fd = open_lock();
	bool is_granted;

	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	if (fate == TIMES_OUT)
		setitimer(ITIMER_REAL, &timer, NULL);
	is_granted = flock(fd, LOCK_EX) == 0;
	if (!is_granted && errno != EINTR)
		_exit(1);
	report(out, number, is_granted);
	_exit(0);
}

/* The grants in the order of the pipe; each one is written before its lock is let go. */
static int check_order(int in, int count, const enum fate *fates)
{
	int record[2];
	int last = -1;
	int granted = 0;
	bool *seen = calloc((size_t)count, sizeof(*seen));

	if (!seen)
		die("memory");
	while (read(in, record, sizeof(record)) == (ssize_t)sizeof(record)) {
		seen[record[0]] |= record[1];
		if (!record[1])
			continue;
		granted++;
		/* the kernel begins a stopped process's flock(2) anew, at the end of the queue */
		if (fates[record[0]] == IS_STOPPED)
			continue;
		if (record[0] < last) {
			fprintf(stderr, "waiters: %d was granted after %d\n", record[0], last);
			return 1;
		}
		last = record[0];
	}
	for (int i = 0; i < count; i++) {
		if ((fates[i] == STAYS || fates[i] == IS_STOPPED) && !seen[i]) {
			fprintf(stderr, "waiters: %d was never granted\n", i);
			return 1;
		}
	}
	free(seen);
	printf("%d of %d granted, in order\n", granted, count);
	return 0;
}

static void disturb(const pid_t *pids, const enum fate *fates, int count)
{
	static const int signals[FATES] = {
		[IS_SIGNALLED] = SIGUSR1, [IS_KILLED] = SIGKILL, [IS_STOPPED] = SIGSTOP};

	for (int i = 0; i < count; i++) {
		if (signals[fates[i]])
			kill(pids[i], signals[fates[i]]);
	}
	for (int i = 0; i < count; i++) {
		if (fates[i] == IS_STOPPED)
			kill(pids[i], SIGCONT);
	}
}

static enum fate random_fate(void)
{
	return rand() % 3 ? STAYS : (enum fate)(rand() % FATES);
}

static int mode_order(char **a)
{
	int count = atoi(a[0]);
	pid_t *pids = calloc((size_t)count, sizeof(*pids));
	enum fate *fates = calloc((size_t)count, sizeof(*fates));
	int ends[2];
	int holder = take_lock();
	int status;

	if (!pids || !fates || pipe2(ends, O_CLOEXEC) < 0)
		die("starting");
	srand((unsigned)atoi(a[1]));
	for (int i = 0; i < count; i++) {
		/* their time is up while others still arrive, so that places change under way */
		int timeout_ms = 1 + rand() % 3000;

		fates[i] = random_fate();
		pids[i] = start_process();
		if (pids[i] == 0) {
			close(holder);
			wait_in_line(i, fates[i], timeout_ms, ends[1]);
		}
		await_arrival(pids[i]);
	}
	close(ends[1]);
	disturb(pids, fates, count);
	close(holder);
	for (int i = 0; i < count; i++)
		waitpid(pids[i], NULL, 0);
	status = check_order(ends[0], count, fates);
	free(pids);
	free(fates);
	return status;
}

/* ---- passover MNT NAME ROUNDS: a waiter killed at the moment of its grant is passed over */

static pid_t start_waiter(int holder, int said)
{
	pid_t pid = start_process();
	int fd;

	if (pid > 0)
		return pid;
	close(holder);
	fd = open_lock();

	if (flock(fd, LOCK_EX) < 0)
		_exit(1);
	if (said >= 0 && write(said, "", 1) != 1)
		_exit(1);
	if (said < 0)
		pause();
	_exit(0);
}

static int64_t pass_over_once(int delay_us)
{
	int ends[2];
	char c;
	int holder = take_lock();
	pid_t victim, next;
	int64_t since;

	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe");
	victim = start_waiter(holder, -1);
	await_queued(1);
	next = start_waiter(holder, ends[1]);
	await_queued(2);
	close(ends[1]);
	close(holder);
	for (int64_t until = now_us() + delay_us; now_us() < until;)
		continue;
	since = now_us();
	kill(victim, SIGKILL);
	if (read(ends[0], &c, 1) != 1)
		die("the next waiter was not granted");
	since = now_us() - since;
	waitpid(victim, NULL, 0);
	waitpid(next, NULL, 0);
	close(ends[0]);
	return since;
}

static int mode_passover(char **a)
{
	int rounds = atoi(a[0]);
	int64_t worst = 0;

	for (int i = 0; i < rounds; i++) {
		int64_t took = pass_over_once(i % 50 * 4);

		worst = took > worst ? took : worst;
	}
	printf("%d rounds, the slowest took %lld us\n", rounds, (long long)worst);
	return worst > 1000000;
}

/* ---- park MNT NAME COUNT: as many waiters, then "parked", and all that until stdin ends */

static void *park(void *unused)
{
	int fd = open_lock();

	(void)unused;
	if (flock(fd, LOCK_EX) == 0)
		flock(fd, LOCK_UN);
	close(fd);
	return NULL;
}

/* /proc tells of a process by going through its threads, so that too many make it slow. */
#define PARKED_EACH 500

static _Noreturn void park_some(int count)
{
	struct rlimit files = {.rlim_cur = PARKED_EACH + 100, .rlim_max = PARKED_EACH + 100};
	pthread_attr_t attributes;
	pthread_t thread;

	if (setrlimit(RLIMIT_NOFILE, &files) < 0 || pthread_attr_init(&attributes) ||
	    pthread_attr_setstacksize(&attributes, 65536) ||
	    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED))
		die("starting");
	for (int i = 0; i < count; i++) {
		if (pthread_create(&thread, &attributes, park, NULL))
			die("a thread");
	}
	for (;;)
		pause();
}

static int mode_park(char **a)
{
	int count = atoi(a[0]);
	int holder = take_lock();
	char c;

	for (int left = count; left > 0; left -= PARKED_EACH) {
		if (start_process() == 0) {
			close(holder);
			park_some(left < PARKED_EACH ? left : PARKED_EACH);
		}
	}
	await_queued(count);
	puts("parked");
	fflush(stdout);
	return read(0, &c, 1) < 0;
}

static const struct mode {
	const char *word;
	int arguments;
	int (*run)(char **arguments);
} modes[] = {
	{"order", 2, mode_order},
	{"passover", 1, mode_passover},
	{"park", 1, mode_park},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc >= 4 && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(argv[1], modes[i].word) != 0 || argc - 4 != modes[i].arguments)
			continue;
		snprintf(lock_path, sizeof(lock_path), "%s/%s", argv[2], argv[3]);
		snprintf(queue_path, sizeof(queue_path), "%s/.lokt/queue/%s", argv[2], argv[3]);
		return modes[i].run(argv + 4);
	}
	fprintf(stderr, "usage: waiters MODE MNT NAME ARGUMENTS\n");
	return 64;
}

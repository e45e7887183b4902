/*
 * What a flock(2) is told around its grant: grants MODE MNT NAME [ARGUMENT]. Each mode prints
 * what it found and ends with status 1 when that was wrong. Queues and their order are waiters.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_US 5000000

static char lock_path[4096];

static void die(const char *what)
{
	fprintf(stderr, "grants: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static int open_lock(int flags)
{
	int fd = open(lock_path, flags | O_CLOEXEC, 0644);

	if (fd < 0)
		die(lock_path);
	return fd;
}

/* Whether the name becomes free; the last close is told to the file system a little later. */
static bool gets_free(void)
{
	int64_t until = now_us() + 1000000;

	while (access(lock_path, F_OK) == 0) {
		if (now_us() > until)
			return false;
		usleep(500);
	}
	return true;
}

/* ---- interrupted MNT NAME ROUNDS: whoever is told EINTR holds nothing */

#define TTL_US 100000

static void on_alarm(int signal)
{
	(void)signal;
}

static void alarm_in(int64_t us)
{
	const struct itimerval timer = {.it_value.tv_usec = us};

	setitimer(ITIMER_REAL, &timer, NULL);
}

/* How often of these: told that it was granted, told EINTR, and then held it all the same. */
struct tally {
	int granted, interrupted, wrong;
};

/* The lease ends by its TTL and the alarm comes around that moment. */
static void interrupt_once(int round, struct tally *tally)
{
	int holder = open_lock(O_WRONLY | O_CREAT | O_EXCL);
	int waiter = open_lock(O_RDWR | O_APPEND);
	int64_t since;
	int rc;

	if (write(holder, "100ms\n", 6) != 6)
		die("setting the TTL");
	since = now_us();
	alarm_in(TTL_US + (round % 25 - 15) * 40 - (now_us() - since));
	rc = flock(waiter, LOCK_EX);
	if (rc < 0 && errno != EINTR)
		die("flock");
	alarm_in(0);
	if (rc == 0) {
		tally->granted++;
	} else {
		tally->interrupted++;
		tally->wrong += !gets_free();
	}
	close(waiter);
	close(holder);
	if (!gets_free())
		die("not free with every descriptor closed");
}

static int mode_interrupted(char **a)
{
	const struct sigaction action = {.sa_handler = on_alarm};
	struct tally tally = {0};
	int rounds = atoi(a[0]);

	sigaction(SIGALRM, &action, NULL);
	for (int i = 0; i < rounds; i++)
		interrupt_once(i, &tally);
	printf("granted %d, interrupted %d, of these held it nevertheless %d\n", tally.granted,
	       tally.interrupted, tally.wrong);
	return tally.wrong != 0 || tally.granted + tally.interrupted != rounds;
}

/* ---- threads, processes MNT NAME: both that wait on one open file are granted */

#define PARTIES 2

struct party {
	int lock, said;
	_Atomic pid_t id;
	pthread_t thread;
};

static void *wait_for_grant(void *data)
{
	struct party *party = data;

	atomic_store(&party->id, gettid());
	if (flock(party->lock, LOCK_EX) < 0 || write(party->said, "", 1) != 1)
		fprintf(stderr, "grants: flock: %s\n", strerror(errno));
	return NULL;
}

static void start_thread(struct party *party)
{
	if (pthread_create(&party->thread, NULL, wait_for_grant, party))
		die("a thread");
}

static void start_process(struct party *party)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		wait_for_grant(party);
		_exit(0);
	}
	atomic_store(&party->id, pid);
}

static bool is_in_flock(pid_t id)
{
	char path[64], text[32] = "";
	int fd;
	bool is_read;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)id);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	is_read = fd >= 0 && read(fd, text, sizeof(text) - 1) > 0;
	if (fd >= 0)
		close(fd);
	return is_read && atoi(text) == SYS_flock;
}

static void await_in_flock(struct party *party)
{
	int64_t until = now_us() + LIMIT_US;

	while (!is_in_flock(atomic_load(&party->id))) {
		if (now_us() > until)
			die("it does not wait");
		usleep(500);
	}
}

static int count_granted(int in)
{
	struct pollfd ready = {.fd = in, .events = POLLIN};
	char c;
	int granted = 0;

	while (granted < PARTIES && poll(&ready, 1, LIMIT_US / 1000) == 1 && read(in, &c, 1) == 1)
		granted++;
	return granted;
}

static int wait_together(void (*start)(struct party *party))
{
	struct party parties[PARTIES] = {0};
	int ends[2], granted;
	int holder = open_lock(O_RDONLY | O_CREAT | O_EXCL);
	int lock = open_lock(O_RDWR | O_APPEND);

	if (pipe2(ends, O_CLOEXEC) < 0 || flock(holder, LOCK_EX | LOCK_NB) < 0)
		die("starting");
	for (int i = 0; i < PARTIES; i++) {
		parties[i].lock = lock;
		parties[i].said = ends[1];
	}
	for (int i = 0; i < PARTIES; i++) {
		start(&parties[i]);
		await_in_flock(&parties[i]);
	}
	flock(holder, LOCK_UN);
	close(holder);
	granted = count_granted(ends[0]);
	printf("%d of %d granted\n", granted, PARTIES);
	if (granted != PARTIES)
		_exit(1);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	if (access(lock_path, F_OK) < 0)
		die("granted and not held");
	close(lock);
	return !gets_free();
}

static int mode_threads(char **a)
{
	(void)a;
	return wait_together(start_thread);
}

static int mode_processes(char **a)
{
	(void)a;
	return wait_together(start_process);
}

/* ---- relay MNT NAME: locks and unlocks on one descriptor until standard input ends */

static int mode_relay(char **a)
{
	struct pollfd input = {.fd = 0, .events = POLLIN};
	int fd = open_lock(O_RDWR | O_CREAT | O_APPEND);
	long cycles = 0;

	(void)a;
	while (poll(&input, 1, 0) == 0) {
		if (flock(fd, LOCK_EX) < 0)
			die("flock");
		if (flock(fd, LOCK_UN) < 0)
			die("unlocking");
		if (cycles++ == 0) {
			puts("begun");
			fflush(stdout);
		}
	}
	printf("%ld cycles\n", cycles);
	return 0;
}

static const struct mode {
	const char *word;
	int arguments;
	int (*run)(char **arguments);
} modes[] = {
	{"interrupted", 1, mode_interrupted},
	{"threads", 0, mode_threads},
	{"processes", 0, mode_processes},
	{"relay", 0, mode_relay},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc >= 4 && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(argv[1], modes[i].word) != 0 || argc - 4 != modes[i].arguments)
			continue;
		snprintf(lock_path, sizeof(lock_path), "%s/%s", argv[2], argv[3]);
		return modes[i].run(argv + 4);
	}
	fprintf(stderr, "usage: grants MODE MNT NAME [ARGUMENT]\n");
	return 64;
}

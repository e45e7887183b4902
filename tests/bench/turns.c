/*
 * Contenders take turns: TURNS times, a batch of each, so that whatever else the machine does meets
 * all of them alike. Prints "KEY NANOSECONDS" a batch: what one operation of it took.
 *   turns TURNS KEY=SIZE:OPERATION:WHAT…
 * SIZE operations are a batch. The operations:
 *   access PATH       access(2), of a name that is there or of one that is not
 *   sweep-N PREFIX    access(2), of PREFIX000000 to PREFIX and N-1, in leaps, all of which are there
 *   pair PATH         open(O_CREAT|O_EXCL), close, unlink
 *   renew PATH        sets the time to an hour from now
 *   append PATH       appends as much as a journal's line and awaits the disk
 *   identity          reads who calls, as the daemon does; of this process
 *   run COMMAND       [NAME=VALUE…] PROGRAM ARGUMENTS…; " ; " between commands of one operation
 *   crowd-N PATH      N processes make pairs of PATH.0 … for SIZE milliseconds; printed is how long
 *                     it took for one pair, of whichever process
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/identity.h"

#define LINE_BYTES 600 /* a usual line of the journal */
#define WORDS_MAX 32
#define CROWD_MAX 64
#define NS INT64_C(1000000000)

struct contender {
	char *key;
	long size;
	const struct operation *operation;
	char *what;
	long number; /* of names or processes */
	long next;   /* sweep: which name */
	int fd;	     /* append */
	int answer;  /* access: what the first one said */
};

struct operation {
	const char *name;
	void (*prepare)(struct contender *contender); /* or NULL */
	/* How many nanoseconds an operation took; NULL: it is `once` that is repeated */
	double (*batch)(struct contender *contender);
	void (*once)(struct contender *contender);
};

extern char **environ;

static void die(const char *what)
{
	fprintf(stderr, "turns: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS + now.tv_nsec;
}

/* ---- operations */

static int look(const struct contender *contender)
{
	return access(contender->what, F_OK) == 0 ? 0 : errno;
}

static void look_first(struct contender *contender)
{
	contender->answer = look(contender);
	if (contender->answer && contender->answer != ENOENT)
		die(contender->what);
}

static void look_again(struct contender *contender)
{
	if (look(contender) != contender->answer)
		die(contender->what);
}

/* Far enough apart that the last name's memory is of no use. */
static void sweep(struct contender *contender)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s%06ld", contender->what, contender->next);
	contender->next = (contender->next + 7919) % contender->number;
	if (access(path, F_OK) < 0)
		die(path);
}

static void make_pair_of(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 || close(fd) < 0 || unlink(path) < 0)
		die(path);
}

static void make_pair(struct contender *contender)
{
	make_pair_of(contender->what);
}

static void renew(struct contender *contender)
{
	struct timespec times[2];

	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[0].tv_sec += 3600;
	times[1] = times[0];
	if (utimensat(AT_FDCWD, contender->what, times, 0) < 0)
		die(contender->what);
}

static void open_file(struct contender *contender)
{
	contender->fd = open(contender->what, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (contender->fd < 0)
		die(contender->what);
}

static void append(struct contender *contender)
{
	static const char line[LINE_BYTES];

	if (write(contender->fd, line, sizeof(line)) != (ssize_t)sizeof(line) ||
	    fdatasync(contender->fd) < 0)
		die(contender->what);
}

static struct identity identity;

static void open_proc(struct contender *contender)
{
	(void)contender;
	if (identity_init(&identity, "/proc") < 0)
		die("/proc");
}

static void read_identity(struct contender *contender)
{
	struct party *party;

	(void)contender;
	if (identity_read(&identity, getpid(), getuid(), &party) < 0)
		die("reading the identity");
	party_unref(party);
}

/* ---- commands */

/* What the command's environment says goes before what this process's own says. */
static void run_words(char **words, size_t len)
{
	static char *with[WORDS_MAX + 4096];
	posix_spawn_file_actions_t quiet;
	size_t names = 0;
	size_t count = 0;
	int status = 0;
	pid_t pid;

	while (names < len && strchr(words[names], '='))
		with[count++] = words[names++];
	for (char **name = environ; *name && count < sizeof(with) / sizeof(with[0]) - 1; name++)
		with[count++] = *name;
	with[count] = NULL;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	errno = posix_spawn(&pid, words[names], &quiet, NULL, words + names, with);
	if (errno || waitpid(pid, &status, 0) < 0)
		die(words[names]);
	posix_spawn_file_actions_destroy(&quiet);
	if (status)
		die(words[names]);
}

static void run(struct contender *contender)
{
	char *text = strdup(contender->what);
	char *rest = text;
	char *words[WORDS_MAX + 1];
	size_t len = 0;

	for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " ")) {
		if (strcmp(word, ";") != 0 && len < WORDS_MAX) {
			words[len++] = word;
			if (rest)
				continue;
		}
		words[len] = NULL;
		run_words(words, len);
		len = 0;
	}
	free(text);
}

/* ---- crowds */

static void sleep_until(int64_t at)
{
	struct timespec when = {.tv_sec = at / NS, .tv_nsec = at % NS};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
		continue;
}

static void serve_in_crowd(const char *path, long number, int64_t begin, int64_t end, long *done)
{
	char own[4096];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(own, sizeof(own), "%s.%ld", path, number);
	sleep_until(begin);
	while (now_ns() < end) {
		make_pair_of(own);
		(*done)++;
	}
	_exit(0);
}

static void await_all(const pid_t *pids, long count)
{
	int status;

	for (long i = 0; i < count; i++) {
		if (waitpid(pids[i], &status, 0) < 0 || status)
			die("a process of the crowd");
	}
}

static double crowd(struct contender *contender)
{
	static long *done;
	pid_t pids[CROWD_MAX];
	int64_t begin = now_ns() + NS / 50;
	int64_t end = begin + contender->size * (NS / 1000);
	long sum = 0;

	if (!done)
		done = mmap(NULL, CROWD_MAX * sizeof(*done), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (done == MAP_FAILED || contender->number > CROWD_MAX)
		die("a crowd");
	memset(done, 0, CROWD_MAX * sizeof(*done));
	for (long i = 0; i < contender->number; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("fork");
		if (pids[i] == 0)
			serve_in_crowd(contender->what, i, begin, end, &done[i]);
	}
	await_all(pids, contender->number);
	end = now_ns();
	for (long i = 0; i < contender->number; i++)
		sum += done[i];
	return (double)(end - begin) / (double)(sum ? sum : 1);
}

/* ---- turns */

static double repeat(struct contender *contender)
{
	int64_t begin = now_ns();

	for (long i = 0; i < contender->size; i++)
		contender->operation->once(contender);
	return (double)(now_ns() - begin) / (double)contender->size;
}

static const struct operation operations[] = {
	{"access", look_first, NULL, look_again},
	{"sweep", NULL, NULL, sweep},
	{"pair", NULL, NULL, make_pair},
	{"renew", NULL, NULL, renew},
	{"append", open_file, NULL, append},
	{"identity", open_proc, NULL, read_identity},
	{"run", NULL, NULL, run},
	{"crowd", NULL, crowd, NULL},
};

static const struct operation *find_operation(const char *name)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	}
	return NULL;
}

/* KEY=SIZE:OPERATION[-N]:WHAT */
static bool parse(char *text, struct contender *out)
{
	char *rest = text;
	char *size, *name, *number;

	out->key = strsep(&rest, "=");
	size = strsep(&rest, ":");
	name = strsep(&rest, ":");
	out->what = rest ? rest : "";
	if (!size || !name)
		return false;
	number = strchr(name, '-');
	if (number)
		*number++ = '\0';
	out->number = number ? atol(number) : 1;
	out->size = atol(size);
	out->operation = find_operation(name);
	return out->operation && out->size > 0 && out->number > 0;
}

static void take_turn(struct contender *contender)
{
	double took = contender->operation->batch ? contender->operation->batch(contender)
						  : repeat(contender);

	printf("%s %.1f\n", contender->key, took);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int len = argc - 2;
	struct contender *all = calloc(argc > 2 ? (size_t)len : 1, sizeof(*all));

	if (!all || len < 1)
		return 64;
	for (int i = 0; i < len; i++) {
		if (!parse(argv[i + 2], &all[i])) {
			fprintf(stderr, "turns: not understood: %s\n", argv[i + 2]);
			return 64;
		}
		if (all[i].operation->prepare)
			all[i].operation->prepare(&all[i]);
	}
	for (long turn = atol(argv[1]); turn > 0; turn--) {
		for (int i = 0; i < len; i++)
			take_turn(&all[i]);
	}
	free(all);
	return 0;
}

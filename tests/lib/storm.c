/*
 * Clients of a mount whose daemon somebody kills meanwhile: storm MNT SECONDS DIR. Four on names of
 * their own, four on one, ten that wait by flock(2), four that wait by the request file. Each notes
 * what it held in DIR/notes, "NAME BEGIN END TOKEN" (monotonic us, in one clock). Prints the rounds,
 * the longest call, and each call that failed as none may; status 1 if one did, or nobody got on.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS 22

static const char *mnt;
static int notes_fd;
static int64_t end_us;

static struct client {
	int64_t rounds;
	int64_t longest_us;
	int64_t failed;
	const char *kind;
} * self;

static int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void failed(const char *what, const char *name, int error)
{
	if (self->failed++ < 5) {
		printf("%s: %s %s: %s\n", self->kind, what, name, strerror(error));
		fflush(stdout);
	}
}

static int64_t call_began_us;

static void begin_call(void)
{
	call_began_us = now_us();
}

static void end_call(void)
{
	int64_t took_us = now_us() - call_began_us;
	if (took_us > self->longest_us)
		self->longest_us = took_us;
}

static void note(const char *name, int64_t begin_us, uint64_t token)
{
	char line[128];
	int len = snprintf(line, sizeof(line), "%s %" PRId64 " %" PRId64 " %" PRIu64 "\n", name,
			   begin_us, now_us(), token);
	if (write(notes_fd, line, (size_t)len) != len)
		failed("noting", name, errno);
	self->rounds++;
}

static const char *path_of(const char *name)
{
	static char path[4096];
	snprintf(path, sizeof(path), "%s/%s", mnt, name);
	return path;
}

static uint64_t token_of(int fd, const char *name)
{
	struct stat stat_buf;
	if (fstat(fd, &stat_buf) == 0)
		return stat_buf.st_ino;
	failed("fstat", name, errno);
	return 0;
}

/* Whether it was free. */
static bool claim(const char *name)
{
	begin_call();
	int fd = open(path_of(name), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
	int64_t begin_us = now_us();
	end_call();
	if (fd < 0) {
		if (errno != EEXIST && errno != EBUSY)
			failed("claim", name, errno);
		return false;
	}
	uint64_t token = token_of(fd, name);
	if (write(fd, "30s", 3) != 3)
		failed("write", name, errno);
	if (close(fd) < 0)
		failed("close", name, errno);
	note(name, begin_us, token);
	begin_call();
	if (unlink(path_of(name)) < 0)
		failed("unlink", name, errno);
	end_call();
	return true;
}

static void own(int number)
{
	char name[16];
	snprintf(name, sizeof(name), "own%d", number);
	while (now_us() < end_us) {
		if (!claim(name))
			failed("claim", name, EBUSY);
		if (access(path_of(name), F_OK) == 0)
			failed("released and still there:", name, 0);
		else if (errno != ENOENT)
			failed("access", name, errno);
	}
}

static void shared(int number)
{
	(void)number;
	while (now_us() < end_us)
		if (!claim("one"))
			usleep((useconds_t)(random() % 500));
}

static void waiter(int number)
{
	const char *name = "waited";
	while (now_us() < end_us) {
		int fd = open(path_of(name), O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
		if (fd < 0) {
			failed("open", name, errno);
			continue;
		}
		begin_call();
		int error = flock(fd, LOCK_EX) < 0 ? errno : 0;
		int64_t begin_us = now_us();
		end_call();
		if (error)
			failed("flock", name, error);
		else
			note(name, begin_us, token_of(fd, name));
		if (!error && number % 2 && flock(fd, LOCK_UN) < 0)
			failed("unlock", name, errno);
		close(fd);
	}
}

/* The answer to a question; false when a call failed. */
static bool ask(const char *question, char *answer, size_t cap)
{
	int fd = open(path_of(".lokt/request"), O_RDWR | O_CLOEXEC);
	ssize_t len = -1;
	begin_call();
	if (fd >= 0 && write(fd, question, strlen(question)) == (ssize_t)strlen(question))
		len = read(fd, answer, cap - 1);
	int error = errno;
	end_call();
	if (fd >= 0)
		close(fd);
	answer[len > 0 ? len : 0] = '\0';
	if (len <= 0)
		failed("request", question, error);
	return len > 0;
}

static void asker(int number)
{
	char question[160], answer[4096];
	(void)number;
	while (now_us() < end_us) {
		if (!ask("{\"op\":\"acquire\",\"resource\":\"asked\",\"ttl_ms\":60000,"
			 "\"wait_ms\":60000}",
			 answer, sizeof(answer)))
			continue;
		int64_t begin_us = now_us();
		const char *token = strstr(answer, "\"fencing_token\":");
		const char *id = strstr(answer, "\"lock_id\":\"");
		if (strncmp(answer, "{\"ok\":true", 10) != 0 || !token || !id) {
			failed("asked", answer, 0);
			continue;
		}
		note("asked", begin_us, strtoull(token + 16, NULL, 10));
		snprintf(question, sizeof(question),
			 "{\"op\":\"release\",\"resource\":\"asked\",\"lock_id\":\"%.32s\"}",
			 id + 11);
		if (ask(question, answer, sizeof(answer)) &&
		    strncmp(answer, "{\"ok\":true", 10) != 0)
			failed("release", answer, 0);
	}
}

static const struct kind {
	const char *name;
	void (*run)(int number);
	int count;
} kinds[] = {
	{"own", own, 4},
	{"shared", shared, 4},
	{"waiter", waiter, 10},
	{"asker", asker, 4},
};

static void start_all(struct client *clients)
{
	int at = 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (int number = 0; number < kinds[i].count; number++, at++) {
			clients[at].kind = kinds[i].name;
			if (fork() != 0)
				continue;
			self = &clients[at];
			srandom((unsigned)getpid());
			kinds[i].run(number);
			_exit(0);
		}
}

/* Who waits in a queue waits for the others, too; own names are the daemon's time alone. */
static void print_kinds(const struct client *clients)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int64_t longest_us = 0, rounds = 0;
		for (int at = 0; at < CLIENTS; at++) {
			if (clients[at].kind != kinds[i].name)
				continue;
			rounds += clients[at].rounds;
			if (clients[at].longest_us > longest_us)
				longest_us = clients[at].longest_us;
		}
		printf("%s: %" PRId64 " rounds, longest call %" PRId64 " ms\n", kinds[i].name,
		       rounds, longest_us / 1000);
	}
}

int main(int argc, char **argv)
{
	char path[4096];
	int64_t rounds = 0, longest_us = 0, bad = 0, idle = 0;
	struct client *clients = mmap(NULL, CLIENTS * sizeof(*clients), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (argc != 4 || clients == MAP_FAILED)
		return 64;
	mnt = argv[1];
	end_us = now_us() + strtoll(argv[2], NULL, 10) * 1000000;
	snprintf(path, sizeof(path), "%s/notes", argv[3]);
	notes_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (notes_fd < 0)
		return 1;
	start_all(clients);
	int status;
	while (wait(&status) > 0)
		bad += status != 0;
	for (int i = 0; i < CLIENTS; i++) {
		rounds += clients[i].rounds;
		bad += clients[i].failed;
		idle += clients[i].rounds == 0;
		if (clients[i].longest_us > longest_us)
			longest_us = clients[i].longest_us;
	}
	print_kinds(clients);
	printf("%" PRId64 " rounds, %" PRId64 " failed calls, longest call %" PRId64 " ms\n",
	       rounds, bad, longest_us / 1000);
	return bad || idle;
}

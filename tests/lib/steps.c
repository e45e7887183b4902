/*
 * One client that goes through all that can be done on a mount, step by step, and knows what each
 * answer must be. steps MNT strict: no call may fail that should not. steps MNT lenient: one may fail
 * for want of disk, memory or the like; then it has changed nothing, and succeeds when repeated.
 * Prints what was wrong; status 1 if anything was.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *mnt;
static bool is_lenient;
static unsigned faults;

__attribute__((format(printf, 1, 2))) static void wrong(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	faults++;
}

static const char *at(const char *name)
{
	static char paths[4][300];
	static unsigned turn;
	char *path = paths[turn++ % 4];
	snprintf(path, sizeof(paths[0]), "%s/%s", mnt, name);
	return path;
}

static bool may_fail(int error)
{
	static const int allowed[] = {EIO, ENOSPC, ENOMEM, ENFILE, ENOLCK, ESTALE, EAGAIN};
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (allowed[i] == error)
			return is_lenient;
	return false;
}

static bool is_held(const char *name)
{
	struct stat stat_buf;
	if (stat(at(name), &stat_buf) == 0)
		return true;
	if (errno != ENOENT)
		wrong("stat %s: %s", name, strerror(errno));
	return false;
}

static void expect_held(const char *name, bool is)
{
	if (is_held(name) != is)
		wrong("%s should %sbe held", name, is ? "" : "not ");
}

/* All of them return 0 or an errno. */
static int claim(const char *name, const char *text)
{
	int fd = open(at(name), O_CREAT | O_EXCL | O_WRONLY, 0666);
	int error = fd < 0 ? errno : 0;
	if (!error && text && write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		error = errno;
	if (fd >= 0 && close(fd) < 0 && !error)
		error = errno;
	return error;
}

static int put(const char *name, int flags, const char *text)
{
	int fd = open(at(name), O_WRONLY | flags);
	int error = fd < 0 ? errno : 0;
	if (!error && write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		error = errno;
	if (fd >= 0 && close(fd) < 0 && !error)
		error = errno;
	return error;
}

static int append(const char *name, const char *text)
{
	return put(name, O_APPEND, text);
}

static int renew(const char *name, const char *text)
{
	return put(name, O_TRUNC, text);
}

static int set_time(const char *name, const char *text)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = time(NULL) + 5000}};
	(void)text;
	return utimensat(AT_FDCWD, at(name), times, 0) < 0 ? errno : 0;
}

static int release(const char *name, const char *text)
{
	(void)text;
	return unlink(at(name)) < 0 ? errno : 0;
}

static char answer[8192];

static int ask(const char *question, const char *text)
{
	int fd = open(at(".lokt/request"), O_RDWR);
	int error = fd < 0 ? errno : 0;
	ssize_t len = -1;
	(void)text;
	if (!error && write(fd, question, strlen(question)) != (ssize_t)strlen(question))
		error = errno;
	if (!error && (len = read(fd, answer, sizeof(answer) - 1)) < 0)
		error = errno;
	answer[len > 0 ? len : 0] = '\0';
	if (fd >= 0)
		close(fd);
	if (!error && strstr(answer, "\"errno\":12,"))
		error = ENOMEM;
	if (!error && (strstr(answer, "\"errno\":5,") || strstr(answer, "\"errno\":28,")))
		error = EIO;
	return error;
}

typedef int (*operation)(const char *, const char *);

/* Must succeed; a failure that may be leaves what was before, and is repeated. */
static void must(const char *what, operation run, const char *name, const char *text,
		 const char *held_before)
{
	int error = run(name, text);
	if (error && may_fail(error)) {
		if (held_before)
			expect_held(name, held_before[0] == 'h');
		error = run(name, text);
	}
	if (error)
		wrong("%s %s: %s", what, name, strerror(error));
}

static void must_fail(const char *what, operation run, const char *name, int expected)
{
	int error = run(name, NULL);
	if (error && error != expected && may_fail(error))
		error = run(name, NULL);
	if (error != expected)
		wrong("%s %s: %s, expected %s", what, name, strerror(error), strerror(expected));
}

static void must_say(const char *question, const char *part)
{
	int error = ask(question, NULL);
	if (error && may_fail(error))
		error = ask(question, NULL);
	if (error || !strstr(answer, part))
		wrong("%s: %s: %s", question, strerror(error), answer);
}

static void must_show(const char *name, const char *part)
{
	char bytes[4096] = "";
	for (int tries = 0; tries < 2; tries++) {
		int fd = open(at(name), O_RDONLY);
		ssize_t len = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes) - 1);
		int error = errno;
		bytes[len > 0 ? len : 0] = '\0';
		if (fd >= 0)
			close(fd);
		if (len >= 0 || !may_fail(error))
			break;
	}
	if (!strstr(bytes, part))
		wrong("%s should show %s: %s", name, part, bytes);
}

static int open_read(const char *name)
{
	int fd = open(at(name), O_RDONLY | O_CREAT, 0666);
	if (fd < 0 && may_fail(errno))
		fd = open(at(name), O_RDONLY | O_CREAT, 0666);
	if (fd < 0)
		wrong("open %s: %s", name, strerror(errno));
	return fd;
}

static void lock(const char *what, int fd, int op, int expected)
{
	int error = flock(fd, op) < 0 ? errno : 0;
	if (error && error != expected && may_fail(error))
		error = flock(fd, op) < 0 ? errno : 0;
	if (error != expected)
		wrong("%s: flock: %s, expected %s", what, strerror(error), strerror(expected));
}

static void await(pid_t child, const char *what)
{
	int status;
	if (waitpid(child, &status, 0) < 0 || status != 0)
		wrong("%s: its process ended with %d", what, status);
}

static void leases(void)
{
	must("claim", claim, "a", "1h", "free");
	expect_held("a", true);
	must_fail("claim again", claim, "a", EEXIST);
	must_show("a", "\"ttl_sec\":3600");
	must("renew", renew, ".lokt/renew/a", "2h", NULL);
	must_show("a", "\"ttl_sec\":7200");
	must("append", append, "a", "{\"note\":\"of steps\"}", NULL);
	must_show("a", "of steps");
	must("set time", set_time, ".lokt/renew/a", NULL, NULL);
	must("release", release, "a", NULL, "held");
	expect_held("a", false);
	must_fail("release again", release, "a", ENOENT);
	must("claim", claim, "a", NULL, "free");
	must("force", release, ".lokt/force/locks/a", NULL, NULL);
	expect_held("a", false);
}

static void locks(void)
{
	int fd = open_read("b");
	pid_t waiter;
	lock("the creating open", fd, LOCK_EX | LOCK_NB, 0);
	waiter = fork();
	if (waiter == 0) {
		int own = open_read("b");
		faults = 0;
		lock("another open", own, LOCK_EX | LOCK_NB, EWOULDBLOCK);
		lock("a waiter", own, LOCK_EX, 0);
		expect_held("b", true);
		close(own);
		_exit(faults != 0);
	}
	while (waitpid(waiter, NULL, WNOHANG) == 0) {
		char queue[4096] = "";
		int own = open(at(".lokt/queue/b"), O_RDONLY);
		ssize_t len = own < 0 ? 0 : read(own, queue, sizeof(queue) - 1);
		if (own >= 0)
			close(own);
		if (len > 0 && strstr(queue, "\"owner\""))
			break;
		usleep(1000);
	}
	lock("unlock", fd, LOCK_UN, 0);
	lock("behind the waiter", fd, LOCK_EX, 0);
	await(waiter, "the waiter");
	expect_held("b", true);
	close(fd);
	for (int i = 0; i < 500 && is_held("b"); i++)
		usleep(2000);
	expect_held("b", false);
}

static void freezes(void)
{
	must("freeze", claim, ".lokt/freezes/f", NULL, "free");
	must_fail("claim what is frozen", claim, "f", EACCES);
	must("unfreeze", release, ".lokt/freezes/f", NULL, "held");
	must("claim", claim, "f", NULL, "free");
	must("release", release, "f", NULL, "held");
}

static void requests(void)
{
	pid_t waiter;
	must_say("{\"op\":\"acquire\",\"resource\":\"c\",\"ttl_ms\":60000}", "\"ok\":true");
	expect_held("c", true);
	must_say("{\"op\":\"renew\",\"resource\":\"c\",\"ttl_ms\":70000}", "\"ok\":true");
	waiter = fork();
	if (waiter == 0) {
		faults = 0;
		must_say("{\"op\":\"acquire\",\"resource\":\"c\",\"ttl_ms\":60000,"
			 "\"wait_ms\":60000}",
			 "\"ok\":true");
		must_say("{\"op\":\"release\",\"resource\":\"c\"}", "\"ok\":true");
		_exit(faults != 0);
	}
	must_say("{\"op\":\"release\",\"resource\":\"c\"}", "\"ok\":true");
	await(waiter, "who asked to wait");
	expect_held("c", false);
	must("claim", claim, "d", NULL, "free");
	must("claim", claim, "e", NULL, "free");
	/* What was released by the try that failed is not named again. */
	must_say("{\"op\":\"release\",\"all\":true}", "\"ok\":true");
	expect_held("d", false);
	expect_held("e", false);
}

/* As the kernel lays it out. */
struct linux_dirent {
	uint64_t ino;
	int64_t off;
	unsigned short len;
	unsigned char type;
	char name[];
};

static void directory(void)
{
	enum { NAMES = 6 };
	char bytes[96] __attribute__((aligned(8))), name[32];
	unsigned seen = 0;
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		must("claim", claim, name, NULL, "free");
	}
	int fd = open(mnt, O_RDONLY | O_DIRECTORY);
	if (fd < 0 && may_fail(errno))
		fd = open(mnt, O_RDONLY | O_DIRECTORY);
	for (;;) {
		long len = syscall(SYS_getdents64, fd, bytes, sizeof(bytes));
		if (len < 0 && may_fail(errno))
			len = syscall(SYS_getdents64, fd, bytes, sizeof(bytes));
		if (len < 0)
			wrong("getdents: %s", strerror(errno));
		if (len <= 0)
			break;
		for (long off = 0; off < len;) {
			struct linux_dirent entry;
			memcpy(&entry, bytes + off, offsetof(struct linux_dirent, name));
			const char *listed = bytes + off + offsetof(struct linux_dirent, name);
			if (listed[0] == 'n') {
				unsigned bit = 1u << (listed[1] - '0');
				if (seen & bit)
					wrong("%s is listed twice", listed);
				seen |= bit;
			}
			off += entry.len;
		}
	}
	close(fd);
	if (seen != (1u << NAMES) - 1)
		wrong("listed are %x", seen);
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		must("release", release, name, NULL, "held");
	}
	if (rename(at("n0"), at("n1")) == 0 || (errno != EPERM && errno != ENOENT))
		wrong("rename: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	if (argc != 3 || (strcmp(argv[2], "strict") != 0 && strcmp(argv[2], "lenient") != 0))
		return 64;
	mnt = argv[1];
	is_lenient = strcmp(argv[2], "lenient") == 0;
	alarm(60); /* a hang is a fault, too */
	leases();
	locks();
	freezes();
	requests();
	directory();
	return faults != 0;
}

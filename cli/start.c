/*
 * Auto-start. loktfs itself decides who serves a ROOT (it takes a lock there): here it is
 * only run, and where another was first, that one's mount is waited for.
 */
#include "start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/smallfile.h"
#include "lokt/duration.h"
#include "lokt/layout.h"
#include "lokt/root.h"
#include "program.h"

#define DAEMON_NAME "loktfs"

/* What loktfs exits with when another daemon has the ROOT. */
#define EXIT_TAKEN 75

/* A mount that is coming is looked for this often, and this long before loktfs is run again. */
#define POLL_FIRST_MS 2
#define POLL_LAST_MS 20
#define POLL_ROUND_MS 200

static int64_t mono_ms(void)
{
	return clock_now().mono_ns / NS_PER_MS;
}

static void sleep_ms(int64_t ms)
{
	struct timespec span = {.tv_sec = ms / MS_PER_SEC, .tv_nsec = ms % MS_PER_SEC * NS_PER_MS};

	nanosleep(&span, NULL);
}

static bool autostart_is_off(void)
{
	const char *value = getenv("LOKT_NO_AUTOSTART");

	return value && value[0] && strcmp(value, "0") != 0;
}

/* A ROOT that is about to be made, and by nobody's choice: where no repository is. */
static bool is_of_the_moment(const char *root)
{
	const char *chosen = getenv("LOKT_ROOT");
	char git[PATH_MAX];

	return !(chosen && chosen[0]) && access(root, F_OK) < 0 &&
	       root_find_git(git, sizeof(git)) < 0;
}

/* The daemon that was built and installed together with this lokt, else the one on PATH. */
static void find_daemon(char out[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (len > 0) {
		self[len] = '\0';
		slash = strrchr(self, '/');
		if (slash &&
		    snprintf(out, PATH_MAX, "%.*s/%s", (int)(slash - self), self, DAEMON_NAME) <
			    PATH_MAX &&
		    access(out, X_OK) == 0)
			return;
	}
	snprintf(out, PATH_MAX, "%s", DAEMON_NAME);
}

/* The daemon's words without what its log puts in front of them. */
static const char *bare_words(const char *said)
{
	const char *error = strstr(said, "error: ");

	return error ? error + strlen("error: ") : said;
}

/* 0: it runs; EXIT_TAKEN: another does; -1: *why. */
static int run_daemon(const char *root, char why[START_WHY_MAX])
{
	char daemon[PATH_MAX];
	char root_copy[PATH_MAX];
	char mountpoint[PATH_MAX + sizeof("/" LAYOUT_MNT)];
	char *argv[] = {daemon, "--root", root_copy, "--", mountpoint, NULL};
	struct text said = {0};
	int status;

	find_daemon(daemon);
	snprintf(root_copy, sizeof(root_copy), "%s", root);
	snprintf(mountpoint, sizeof(mountpoint), "%s/%s", root, LAYOUT_MNT);
	status = program_run(argv, START_LIMIT_MS, &said);
	if (status == 0 || status == EXIT_TAKEN) {
		text_release(&said);
		return status;
	}
	if (status == -ENOENT)
		snprintf(why, START_WHY_MAX, "cannot find %s", DAEMON_NAME);
	else if (status < 0)
		snprintf(why, START_WHY_MAX, "cannot start %s: %s", DAEMON_NAME, strerror(-status));
	else if (said.len)
		snprintf(why, START_WHY_MAX, "the daemon did not start: %.900s",
			 bare_words(said.data));
	else
		snprintf(why, START_WHY_MAX, "the daemon did not start: exit status %d", status);
	text_release(&said);
	return -1;
}

static bool is_waitable(const struct mount *mount)
{
	return mount->state == MOUNT_ABSENT || mount->state == MOUNT_DEAD;
}

/* Looks for the mount, more and more patiently, until it is no longer absent or time is up. */
static void await_mount(const char *root, int64_t until_ms, struct mount *out)
{
	int64_t pause_ms = POLL_FIRST_MS;

	for (;;) {
		client_open(root, out);
		if (!is_waitable(out) || mono_ms() >= until_ms)
			return;
		sleep_ms(pause_ms);
		if (pause_ms < POLL_LAST_MS)
			pause_ms *= 2;
	}
}

int start_mount(const char *root, bool is_asked, struct mount *out, char why[START_WHY_MAX],
		const char **hint)
{
	bool is_new_here;
	int64_t until_ms;
	struct mount mount;
	int status = 0;

	*hint = NULL;
	client_open(root, &mount);
	is_new_here = is_waitable(&mount) && is_of_the_moment(root);
	if (is_waitable(&mount) && !is_asked && autostart_is_off())
		*hint = "LOKT_NO_AUTOSTART is set: start the daemon with \"lokt mount\"";
	until_ms = is_waitable(&mount) ? mono_ms() + START_LIMIT_MS : 0;
	while (!*hint && is_waitable(&mount) && mono_ms() < until_ms) {
		status = run_daemon(root, why);
		if (status < 0)
			return -1;
		await_mount(root, status == 0 ? mono_ms() : mono_ms() + POLL_ROUND_MS, &mount);
	}
	if (mount.state == MOUNT_LIVE) {
		if (is_new_here)
			*hint = "no git repository here: these locks are this directory's alone, "
				"and not those of the directories above and below; see LOKT_ROOT";
		*out = mount;
		return 0;
	}
	if (status == EXIT_TAKEN && is_waitable(&mount))
		snprintf(why, START_WHY_MAX, "a daemon has %.900s, but its mount does not answer",
			 root);
	else
		client_explain(root, &mount, why);
	return -1;
}

int start_wait_until_gone(const char *root, int64_t limit_ms)
{
	char path[PATH_MAX + sizeof("/" LAYOUT_DAEMON_LOCK)];
	int64_t until_ms = mono_ms() + limit_ms;
	SCOPED_FD fd = -1;

	snprintf(path, sizeof(path), "%s/%s", root, LAYOUT_DAEMON_LOCK);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return 0;
	while (flock(fd, LOCK_SH | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (mono_ms() >= until_ms)
			return -ETIMEDOUT;
		sleep_ms(POLL_FIRST_MS);
	}
	return 0;
}

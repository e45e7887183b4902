/*
 * Checks of what may not answer: the mount's daemon, and a git remote. Another process asks,
 * with a time limit.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checkup.h"
#include "client.h"
#include "daemonfile.h"
#include "host/clock.h"
#include "host/smallfile.h"
#include "lokt/layout.h"
#include "lokt/root.h"
#include "lokt/shared_json.h"
#include "program.h"
#include "start.h"

#define ANSWER_LIMIT_MS 3000
#define REMOTE_LIMIT_MS 6000

/* Asks for no password, whatever transport, and keeps the user's own ssh command. */
#define SSH_COMMAND "$(git config core.sshCommand || echo ssh) -oBatchMode=yes -oConnectTimeout=5"

struct reply {
	struct mount mount;
	int error;	  /* of reading the status, positive */
	int shared_error; /* of finding the next in it, positive */
	struct shared_state shared;
};

/* In the child: everything here may hang for good. */
static void ask(const char *root, int fd)
{
	struct reply answer = {0};
	struct text document = {0};

	client_open(root, &answer.mount);
	if (answer.mount.state == MOUNT_LIVE)
		answer.error = -client_read_status(&answer.mount, &document);
	answer.shared_error =
		-shared_json_read(document.data ? document.data : "", document.len, &answer.shared);
	_exit(write(fd, &answer, sizeof(answer)) == (ssize_t)sizeof(answer) ? 0 : 1);
}

static ssize_t read_whole(int fd, void *out, size_t size)
{
	size_t got = 0;
	ssize_t more = 1;

	while (got < size && more > 0) {
		more = read(fd, (char *)out + got, size - got);
		if (more > 0)
			got += (size_t)more;
	}
	return (ssize_t)got;
}

/* 0 or -ETIMEDOUT, or another negative errno. */
static int ask_bounded(const char *root, struct reply *out)
{
	int ends[2];
	struct pollfd ready;
	ssize_t got = 0;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	SCOPED_FD from = ends[0];
	child = fork();
	if (child == 0)
		ask(root, ends[1]);
	close(ends[1]);
	if (child < 0)
		return -errno;
	ready = (struct pollfd){.fd = from, .events = POLLIN};
	/* once it begins to come, it comes at once: all of it has room in the pipe */
	if (poll(&ready, 1, ANSWER_LIMIT_MS) > 0)
		got = read_whole(from, out, sizeof(*out));
	kill(child, SIGKILL);
	/* a process that the kernel does not let go is not waited for */
	waitpid(child, NULL, got > 0 ? 0 : WNOHANG);
	return got == (ssize_t)sizeof(*out) ? 0 : -ETIMEDOUT;
}

static void tell_silent(const char *root, struct finding *finding)
{
	struct daemonfile daemon;
	char command[64] = "lokt umount --force";

	found(finding, HEALTH_FAIL, "the daemon of %.900s does not answer", root);
	/* Another worker takes over from it. */
	if (daemonfile_read(root, &daemon) == 0)
		snprintf(command, sizeof(command), "kill -9 %d; lokt mount",
			 (int)(daemon.worker ? daemon.worker : daemon.pid));
	mended_by(finding, command, NULL);
}

static void tell_absent(const char *root, struct finding *finding)
{
	struct daemonfile daemon;
	char command[32];

	if (daemonfile_read(root, &daemon) < 0 || start_wait_until_gone(root, 0) != -ETIMEDOUT) {
		found(finding, HEALTH_WARN, "not mounted: touch finds no locks until it is");
		mended_by(finding, "lokt mount", NULL);
		return;
	}
	found(finding, HEALTH_FAIL,
	      "its daemon (pid %d) runs, but the mount cannot be seen from here: another mount "
	      "namespace?",
	      (int)daemon.pid);
	snprintf(command, sizeof(command), "kill %d", (int)daemon.pid);
	mended_by(finding, command, NULL);
}

void look_at_mount(const char *root, struct finding *finding)
{
	char why[CLIENT_WHY_MAX];
	struct reply answer;

	if (ask_bounded(root, &answer) < 0) {
		tell_silent(root, finding);
		return;
	}
	client_explain(root, &answer.mount, why);
	switch (answer.mount.state) {
	case MOUNT_LIVE:
		if (answer.error)
			found(finding, HEALTH_FAIL, "the daemon answers with: %s",
			      strerror(answer.error));
		else
			found(finding, HEALTH_OK, "%.900s/%s answers", root, LAYOUT_LOCKS);
		if (answer.error)
			mended_by(finding, "lokt umount --force && lokt mount", NULL);
		return;
	case MOUNT_ABSENT:
		tell_absent(root, finding);
		return;
	case MOUNT_DEAD:
		found(finding, HEALTH_FAIL, "%s", why);
		mended_by(finding, "lokt mount", NULL);
		return;
	case MOUNT_FOREIGN:
		found(finding, HEALTH_FAIL, "%s", why);
		mended_by(finding, "lokt mount -o allow_other", NULL);
		return;
	case MOUNT_BROKEN:
		found(finding, HEALTH_FAIL, "%s", why);
		mended_by(finding, "ls -ld", root);
		return;
	}
}

static void quiet_git(void)
{
	setenv("GIT_TERMINAL_PROMPT", "0", 1);
	setenv("GIT_ASKPASS", "true", 1);
	setenv("SSH_ASKPASS", "true", 1);
	if (!getenv("GIT_SSH_COMMAND"))
		setenv("GIT_SSH_COMMAND", SSH_COMMAND, 1);
}

void look_at_remote(const char *root, struct finding *finding)
{
	char *list[] = {"git", "config", "--get-regexp", "^remote\\..*\\.url$", NULL};
	char *reach[] = {"git", "ls-remote", "--quiet", "--heads", NULL};
	char git[PATH_MAX];
	struct text said = {0};
	int status;

	(void)root;
	quiet_git();
	status =
		root_find_git(git, sizeof(git)) < 0 ? 1 : program_run(list, REMOTE_LIMIT_MS, &said);
	if (status == -ENOENT) {
		found(finding, HEALTH_WARN, "cannot find git: locks are not shared");
		mended_by_root(finding, "apt-get install git", NULL);
		return;
	}
	if (status != 0) {
		found(finding, HEALTH_OK, "no remote");
		text_release(&said);
		return;
	}
	text_clear(&said);
	status = program_run(reach, REMOTE_LIMIT_MS, &said);
	if (status == 0) {
		found(finding, HEALTH_OK, "answers");
	} else {
		if (said.len && strchr(said.data, '\n'))
			*strchr(said.data, '\n') = '\0';
		found(finding, HEALTH_WARN, "cannot be reached: %.900s",
		      status == -ETIMEDOUT ? "no answer in time"
		      : said.len	   ? said.data
					   : "?");
		mended_by(finding, "git ls-remote", NULL);
	}
	text_release(&said);
}

/* "strict; remote origin, reached 5s ago, 2 locks to be told there" */
static void describe_remote(const struct shared_state *shared, struct text *out)
{
	char span[DURATION_TEXT_MAX];
	int64_t age_ms;

	text_printf(out, "%s; remote %s", shared_mode_word(shared->mode),
		    shared->remote[0] ? shared->remote : "none");
	if (!shared->remote[0])
		return;
	age_ms = (clock_now().wall_ns - shared->last_sync_wall_ns) / NS_PER_MS;
	duration_format_short(age_ms > 0 ? age_ms : 0, span);
	text_printf(out, ", %s%s%s", shared->last_sync_wall_ns ? "reached " : "not reached yet",
		    shared->last_sync_wall_ns ? span : "", shared->last_sync_wall_ns ? " ago" : "");
	if (shared->pending)
		text_printf(out, ", %llu lock%s to be told there",
			    (unsigned long long)shared->pending, shared->pending == 1 ? "" : "s");
}

/* Without its remote a strict mount gives no shared lock at all. */
static enum health health_of(const struct shared_state *shared)
{
	bool is_asked = shared->mode != SHARED_OFF;
	bool has_remote = shared->repository[0] && shared->remote[0];

	if (!shared->error[0] && (has_remote || !is_asked))
		return HEALTH_OK;
	return shared->mode == SHARED_STRICT ? HEALTH_FAIL : HEALTH_WARN;
}

static void tell_shared(const struct shared_state *shared, struct finding *finding)
{
	struct text words = {0};

	if (shared->repository[0])
		text_printf(&words, "mirrored to %.300s: ", shared->repository);
	else
		text_puts(&words, "in no git repository: ");
	describe_remote(shared, &words);
	if (shared->error[0])
		text_printf(&words, "; %.400s", shared->error);
	found(finding, health_of(shared), "%s", words.data ? words.data : "?");
	text_release(&words);
	if (finding->health == HEALTH_OK)
		return;
	if (!shared->repository[0])
		mended_by(finding, "lokt mount -o shared=off", NULL);
	else if (!shared->remote[0])
		mended_by(finding, "git remote -v && lokt mount -o remote=NAME", NULL);
	else
		mended_by(finding, "lokt sync", shared->remote);
}

void look_at_shared(const char *root, struct finding *finding)
{
	struct reply answer;

	if (ask_bounded(root, &answer) < 0 || answer.mount.state != MOUNT_LIVE || answer.error)
		found(finding, HEALTH_OK, "no daemon to tell what it mirrors");
	else if (answer.shared_error == ENOENT)
		found(finding, HEALTH_OK, "this daemon mirrors no locks");
	else if (answer.shared_error)
		found(finding, HEALTH_WARN, "what the daemon mirrors cannot be read: %s",
		      strerror(answer.shared_error));
	else
		tell_shared(&answer.shared, finding);
	if (finding->health != HEALTH_OK && !finding->remedy[0])
		mended_by(finding, "lokt umount && lokt mount", NULL);
}

/*
 * lokt umount: stop the daemon of this ROOT, and come back when it has ended. Locks that
 * end with a process or an open file stand in the way, because they would end here.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "client.h"
#include "command.h"
#include "daemonfile.h"
#include "lokt/layout.h"
#include "output.h"
#include "program.h"
#include "start.h"

/* How long files that are still open may be served after a forced unmount. */
#define GRACE_MS 500

static bool is_forced;

static const struct option_row options[] = {
	{.name = "force",
	 .takes = TAKES_NOTHING,
	 .value = &is_forced,
	 .help = "even with locks bound to a process, or files open"},
	{0},
};

struct bound {
	size_t count;
	char name[RESOURCE_NAME_MAX + 1];
};

static int count_bound(const struct lease_view *lease, const char *raw, void *context)
{
	struct bound *bound = context;

	(void)raw;
	if (lease->is_bound && bound->count++ == 0)
		snprintf(bound->name, sizeof(bound->name), "%s", lease->name);
	return 0;
}

/* What cannot be read is not in the way: the kernel still refuses what is in use. */
static struct bound find_bound(const struct mount *mount)
{
	struct bound bound = {0};
	struct text document = {0};

	if (client_read_status(mount, &document) == 0 && document.len)
		lease_json_each(document.data, document.len, count_bound, &bound);
	text_release(&document);
	return bound;
}

static int refuse_bound(const struct mount *mount)
{
	struct bound bound = find_bound(mount);

	if (!bound.count)
		return EXIT_DONE;
	output_fail(EXIT_ERROR, verdict_row(VERDICT_BOUND)->word,
		    "%zu bound lock%s would end, the first is \"%s\"", bound.count,
		    bound.count == 1 ? "" : "s", bound.name);
	output_hint("lokt umount --force");
	return EXIT_ERROR;
}

static int unmount_as_user(char *path, struct text *said)
{
	char *gently[] = {"fusermount3", "-u", "--", path, NULL};
	char *lazily[] = {"fusermount3", "-u", "-z", "--", path, NULL};
	int status = program_run(is_forced ? lazily : gently, START_LIMIT_MS, said);

	if (status != 0 && said->len == 0)
		text_puts(said,
			  status == -ENOENT ? "cannot find fusermount3" : "fusermount3 failed");
	return status;
}

static int unmount(char *path)
{
	struct text said = {0};
	int status = EXIT_DONE;

	if (geteuid() == 0) {
		if (umount2(path, UMOUNT_NOFOLLOW | (is_forced ? MNT_DETACH : 0)) < 0)
			status = output_fail(EXIT_ERROR, "io", "cannot unmount %s: %s", path,
					     strerror(errno));
	} else if (unmount_as_user(path, &said) != 0) {
		status = output_fail(EXIT_ERROR, "io", "cannot unmount %s: %s", path,
				     said.data ? said.data : "out of memory");
	}
	text_release(&said);
	return status;
}

/* Of the daemon itself where it is known: another may have been started since. */
static bool has_ended(const char *root, int pid_fd, int64_t limit_ms)
{
	struct pollfd watched = {.fd = pid_fd, .events = POLLIN};

	if (pid_fd < 0)
		return start_wait_until_gone(root, limit_ms) == 0;
	return poll(&watched, 1, (int)limit_ms) > 0;
}

/* A lazily unmounted daemon serves open files on; whoever forces wants it to end. */
static int await_end(const char *root, int pid_fd)
{
	if (is_forced && pid_fd >= 0 && !has_ended(root, pid_fd, GRACE_MS))
		syscall(SYS_pidfd_send_signal, pid_fd, SIGTERM, NULL, 0);
	if (!has_ended(root, pid_fd, START_LIMIT_MS))
		return output_fail(EXIT_ERROR, "io", "the daemon of %s has not ended", root);
	return EXIT_DONE;
}

/* Where the mount is (the usual place, unless loktfs was told another), and its daemon or -1. */
static int find_daemon(const struct call *call, const struct mount *mount,
		       char path[PATH_MAX + sizeof("/" LAYOUT_MNT)])
{
	struct daemonfile daemon;

	snprintf(path, PATH_MAX + sizeof("/" LAYOUT_MNT), "%s/%s", call->root, LAYOUT_MNT);
	if (daemonfile_read(call->root, &daemon) < 0)
		return -1;
	snprintf(path, sizeof(daemon.mountpoint), "%s", daemon.mountpoint);
	/* what a crash left behind may name a process that is none of ours */
	if (mount->state != MOUNT_LIVE || daemon.pid <= 0)
		return -1;
	return (int)syscall(SYS_pidfd_open, daemon.pid, 0);
}

static int run(const struct call *call)
{
	char path[PATH_MAX + sizeof("/" LAYOUT_MNT)];
	char why[CLIENT_WHY_MAX];
	int pid_fd;
	struct mount mount;
	int status = EXIT_DONE;

	client_open(call->root, &mount);
	if (mount.state == MOUNT_LIVE && !is_forced)
		status = refuse_bound(&mount);
	/* an open descriptor of the mount would keep it busy */
	client_close(&mount);
	if (mount.state == MOUNT_FOREIGN || mount.state == MOUNT_BROKEN) {
		client_explain(call->root, &mount, why);
		return output_fail(EXIT_ERROR, "io", "%s", why);
	}
	pid_fd = find_daemon(call, &mount, path);
	if (status == EXIT_DONE && mount.state != MOUNT_ABSENT)
		status = unmount(path);
	if (status == EXIT_DONE)
		status = await_end(call->root, pid_fd);
	if (pid_fd >= 0)
		close(pid_fd);
	return status;
}

const struct command_body cmd_umount = {options, NULL, run};

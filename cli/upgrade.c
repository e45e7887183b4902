/*
 * See upgrade.h. The supervisor does it, when it gets SIGUSR2; that it has done it shows in
 * ROOT/daemon, where another worker is named.
 */
#include "upgrade.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "daemonfile.h"
#include "lokt/duration.h"
#include "output.h"
#include "timelimit.h"

/* A probe of the new program is given ten seconds by the supervisor. */
#define LIMIT_MS 12000
#define POLL_MS 10

static bool has_changed(const struct call *call, const struct daemonfile *before)
{
	struct daemonfile now;

	return daemonfile_read(call->root, &now) == 0 && now.pid == before->pid &&
	       now.worker != before->worker;
}

static int await_change(const struct call *call, const struct daemonfile *before)
{
	const struct timespec pause = {.tv_nsec = POLL_MS * NS_PER_MS};
	int64_t until_ms = timelimit_now_ms() + LIMIT_MS;

	while (!has_changed(call, before)) {
		if (timelimit_now_ms() >= until_ms)
			return output_fail(EXIT_ERROR, "io",
					   "the daemon has not changed its program: see "
					   "%.900s/daemon.log",
					   call->root);
		nanosleep(&pause, NULL);
	}
	return EXIT_DONE;
}

static int tell(const struct call *call, const struct daemonfile *daemon)
{
	int fd = (int)syscall(SYS_pidfd_open, daemon->pid, 0);
	int error = fd < 0 ? errno : 0;

	if (!error && syscall(SYS_pidfd_send_signal, fd, SIGUSR2, NULL, 0) < 0)
		error = errno;
	if (fd >= 0)
		close(fd);
	if (error)
		return output_fail(EXIT_ERROR, "io", "cannot tell the daemon of %.900s: %s",
				   call->root, strerror(error));
	return EXIT_DONE;
}

int upgrade_daemon(const struct call *call)
{
	struct daemonfile daemon;
	struct mount mount;
	char why[CLIENT_WHY_MAX];
	int status;

	client_open(call->root, &mount);
	if (mount.state != MOUNT_LIVE) {
		client_explain(call->root, &mount, why);
		return output_fail(EXIT_ERROR, "no-daemon", "%s", why);
	}
	client_close(&mount);
	if (daemonfile_read(call->root, &daemon) < 0 || !daemon.worker ||
	    daemon.worker == daemon.pid)
		return output_fail(EXIT_ERROR, "unsupported",
				   "this daemon runs alone and cannot change its program");
	status = tell(call, &daemon);
	return status == EXIT_DONE ? await_change(call, &daemon) : status;
}

/*
 * See daemon.h: the ROOT, the mount and the memory that its processes share; then the supervisor has
 * it. Words go to stderr until the mount answers, then to ROOT/daemon.log.
 */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

#include "host/area.h"
#include "host/journal.h"
#include "host/log.h"
#include "host/plainfile.h"
#include "inherit.h"
#include "lokt/layout.h"
#include "mountpoint.h"
#include "rootdir.h"
#include "supervisor.h"
#include "worker.h"

#define LOG_KEPT_BYTES (1 << 20)

#define ARGS_MAX 10

struct daemon {
	struct settings *settings;
	struct rootdir rootdir;
	int log_fd;
	int mountpoint_fd; /* keeps other daemons off the directory */
	struct fuse_session *session;
	struct area area;
};

static int complain(const char *what, const char *why)
{
	log_error("%s: %s", what, why);
	return -1;
}

static int complain_errno(const char *what, int error)
{
	return complain(what, strerror(-error));
}

/* A log that has grown is begun anew: it is for the operator, the audit trail is elsewhere. */
static int open_log(struct daemon *daemon)
{
	struct stat stat_buf;
	int fd = plainfile_open(daemon->rootdir.fd, LAYOUT_DAEMON_LOG,
				O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0)
		return complain(LAYOUT_DAEMON_LOG, plainfile_why(fd));
	daemon->log_fd = fd;
	if (fstat(fd, &stat_buf) == 0 && stat_buf.st_size > LOG_KEPT_BYTES && ftruncate(fd, 0) < 0)
		return complain_errno(LAYOUT_DAEMON_LOG, -errno);
	return 0;
}

static int open_root(struct daemon *daemon)
{
	struct settings *settings = daemon->settings;
	char why[ROOTDIR_WHY_MAX];
	int error = rootdir_open(&daemon->rootdir, settings->root, why);
	if (error) {
		complain(settings->root, why);
		return error;
	}
	error = settings_read_config(settings, daemon->rootdir.fd, why);
	if (error == -EINVAL)
		return complain(settings->root, why);
	if (error)
		return complain_errno(LAYOUT_CONFIG, error);
	return open_log(daemon);
}

/* How the other processes of this mount are started; borrows the strings. */
static void write_args(struct settings *settings, char *argv[ARGS_MAX])
{
	size_t len = 0;
	argv[len++] = "loktfs";
	if (settings->is_foreground)
		argv[len++] = "-f";
	if (settings->words[0]) {
		argv[len++] = "-o";
		argv[len++] = settings->words;
	}
	argv[len++] = "--root";
	argv[len++] = settings->root;
	argv[len++] = "--";
	argv[len++] = settings->mountpoint;
	argv[len] = NULL;
}

static int open_session(struct daemon *daemon)
{
	static const struct fuse_lowlevel_ops none = {0};
	const struct settings *settings = daemon->settings;
	char options[128] = "fsname=loktfs,subtype=loktfs,noatime,noexec";
	if (settings->allow_other)
		strcat(options, ",allow_other");
	char *argv[] = {"loktfs", "-o", options, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);
	daemon->session = fuse_session_new(&args, &none, sizeof(none), NULL);
	fuse_opt_free_args(&args);
	if (!daemon->session)
		return complain("FUSE", "cannot begin a session");
	if (fuse_session_mount(daemon->session, settings->mountpoint) != 0)
		return access("/dev/fuse", F_OK) < 0
			       ? complain("/dev/fuse",
					  "there is none here, so nothing can be mounted")
			       : complain(settings->mountpoint, "cannot be mounted on");
	return 0;
}

static int open_area(struct daemon *daemon)
{
	uint64_t mount = 0;
	ssize_t got = getrandom(&mount, sizeof(mount), 0);
	int error = got != (ssize_t)sizeof(mount) ? -EIO : area_make(&daemon->area, mount | 1);
	return error ? complain_errno("making the memory of the mount", error) : 0;
}

static int open_all(struct daemon *daemon)
{
	char why[MOUNTPOINT_WHY_MAX];
	int error = open_root(daemon);
	if (error)
		return error;
	daemon->mountpoint_fd = mountpoint_prepare(daemon->settings->mountpoint, why);
	if (daemon->mountpoint_fd < 0)
		return complain(daemon->settings->mountpoint, why);
	return open_area(daemon) || open_session(daemon) ? -1 : 0;
}

/* What it would unmount otherwise may be another's by now. */
static void end_session(struct daemon *daemon)
{
	struct pollfd gone = {.fd = fuse_session_fd(daemon->session), .events = POLLIN};
	if (poll(&gone, 1, 0) > 0 && gone.revents & POLLERR)
		fuse_session_unmount(daemon->session);
	fuse_session_destroy(daemon->session);
}

static void close_all(struct daemon *daemon)
{
	if (daemon->session)
		end_session(daemon);
	if (daemon->mountpoint_fd >= 0)
		close(daemon->mountpoint_fd);
	if (daemon->log_fd >= 0)
		close(daemon->log_fd);
	area_release(&daemon->area);
	rootdir_close(&daemon->rootdir);
}

/* A worker without a supervisor, for debuggers: its end is the mount's. */
static int serve_alone(struct daemon *daemon, struct inherit *inherit, char *const argv[])
{
	int error = rootdir_announce(&daemon->rootdir, daemon->settings, 0);
	if (error)
		return complain_errno("announcing the daemon", error) != 0;
	inherit->fuse_fd = dup(inherit->fuse_fd);
	inherit->area_fd = dup(inherit->area_fd);
	int status = worker_run(daemon->settings, inherit, argv);
	mountpoint_detach(daemon->settings->mountpoint);
	return status;
}

static int supervise(struct daemon *daemon, const struct inherit *inherit, char *const argv[])
{
	int status = supervisor_run(daemon->settings, inherit, argv);
	/* What a supervisor closes is closed. */
	daemon->rootdir.fd = daemon->rootdir.lock_fd = -1;
	return status;
}

static int serve_mount(struct settings *settings, int ready_fd)
{
	char *argv[ARGS_MAX];
	struct daemon daemon = {.settings = settings, .log_fd = -1, .mountpoint_fd = -1};
	daemon.rootdir = (struct rootdir){.fd = -1, .lock_fd = -1};
	daemon.area.fd = -1;
	int status = open_all(&daemon);
	if (!status) {
		write_args(settings, argv);
		struct inherit inherit = {
			.fuse_fd = fuse_session_fd(daemon.session),
			.area_fd = daemon.area.fd,
			.root_fd = daemon.rootdir.fd,
			.lock_fd = daemon.rootdir.lock_fd,
			.mountpoint_fd = daemon.mountpoint_fd,
			.log_fd = daemon.log_fd,
			.ready_fd = ready_fd,
		};
		status = settings->is_alone ? serve_alone(&daemon, &inherit, argv)
					    : supervise(&daemon, &inherit, argv);
	}
	close_all(&daemon);
	return status == -EWOULDBLOCK ? ROOTDIR_TAKEN : status != 0;
}

/* The daemon says one byte, its exit status to be; silence is a death. */
static int await_daemon(int fd)
{
	char status;
	ssize_t len;
	do
		len = read(fd, &status, 1);
	while (len < 0 && errno == EINTR);
	return len == 1 ? status : 1;
}

static int start(struct settings *settings)
{
	int pipe_fds[2];
	if (settings->is_foreground)
		return serve_mount(settings, -1);
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return complain_errno("making a pipe", -errno) != 0;
	pid_t child = fork();
	if (child < 0)
		return complain_errno("starting the daemon", -errno) != 0;
	if (child > 0) {
		close(pipe_fds[1]);
		return await_daemon(pipe_fds[0]);
	}
	close(pipe_fds[0]);
	setsid();
	int status_fd = fcntl(pipe_fds[1], F_DUPFD_CLOEXEC, 0);
	int status = serve_mount(settings, pipe_fds[1]);
	/* After a good start the starter has gone and nobody reads this. */
	signal(SIGPIPE, SIG_IGN);
	char byte = (char)status;
	if (status && write(status_fd, &byte, 1) < 0)
		return status;
	return status;
}

int daemon_run(struct settings *settings)
{
	struct inherit inherit;
	if (inherit_take(&inherit) < 0)
		return complain("what was inherited", "makes no sense") != 0;
	if (inherit.role == ROLE_STARTER)
		return start(settings);
	/* ROOT/config was read by the first of us: it does not change under a mount. */
	char *argv[ARGS_MAX];
	write_args(settings, argv);
	if (inherit.role == ROLE_WORKER)
		return worker_run(settings, &inherit, argv);
	if (inherit.role == ROLE_PROBE)
		return worker_probe(settings, &inherit);
	return supervisor_run(settings, &inherit, argv);
}

int daemon_repair(const char *root)
{
	struct rootdir rootdir;
	struct text report = {0};
	char why[ROOTDIR_WHY_MAX];
	int error = rootdir_open(&rootdir, root, why);
	if (error) {
		complain(root, why);
	} else {
		error = journal_repair(rootdir.fd, &report);
		if (report.len)
			fputs(report.data, stdout);
		if (error)
			complain_errno("repairing the journal", error);
	}
	text_release(&report);
	rootdir_close(&rootdir);
	return error == -EWOULDBLOCK ? ROOTDIR_TAKEN : error != 0;
}

/*
 * See daemon.h: the parts of one mount, made in order and taken down in reverse. Words go
 * to stderr until the mount answers, then to ROOT/daemon.log.
 */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "commit.h"
#include "confirm.h"
#include "host/clock.h"
#include "host/journal.h"
#include "host/log.h"
#include "lokt/layout.h"
#include "loop.h"
#include "mountpoint.h"
#include "policy.h"
#include "refusals.h"
#include "rootdir.h"
#include "sharing.h"
#include "syncjob.h"

#define LOG_KEPT_BYTES (1 << 20)

struct daemon {
	struct settings *settings;
	struct rootdir rootdir;
	struct journal journal;
	struct identity identity;
	struct holders holders;
	struct serve serve;
	struct mount mount;
	struct sharing *sharing;
	struct loop loop;
	int log_fd;
	int mountpoint_fd; /* keeps other daemons off the directory */
	bool is_mounted;
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
	int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
	if (fstatat(daemon->rootdir.fd, LAYOUT_DAEMON_LOG, &stat_buf, 0) == 0 &&
	    stat_buf.st_size > LOG_KEPT_BYTES)
		flags |= O_TRUNC;
	daemon->log_fd = openat(daemon->rootdir.fd, LAYOUT_DAEMON_LOG, flags, 0600);
	return daemon->log_fd < 0 ? complain_errno(LAYOUT_DAEMON_LOG, -errno) : 0;
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

static int apply(struct event *event, void *context)
{
	engine_apply(context, event);
	return 0;
}

static int open_sharing(struct daemon *daemon)
{
	char why[SHARING_WHY_MAX];
	int error = sharing_open(&daemon->sharing, &daemon->serve, daemon->settings, why);
	if (error == -EINVAL)
		return complain(daemon->settings->root, why);
	return error ? complain_errno("git", error) : 0;
}

static int replay(struct daemon *daemon)
{
	const struct settings *settings = daemon->settings;
	struct engine_config config = {
		.max_leases = settings->max_leases,
		.default_ttl_ms = settings->ttl_ms,
		.mounter = geteuid(),
		.is_mirrored = daemon->serve.is_mirrored,
		.is_strict = daemon->serve.is_strict,
		.skew_ns = settings->skew_ms * NS_PER_MS,
	};
	struct journal_fault fault = {0};
	char why[POLICY_WHY_MAX];
	if (policy_read(settings->root, &config.overlap_is_allowed, why))
		return complain(settings->root, why);
	daemon->serve.engine = engine_new(&config);
	if (!daemon->serve.engine)
		return complain_errno("making the lease table", -ENOMEM);
	int error = journal_open(&daemon->journal, daemon->rootdir.fd, apply, daemon->serve.engine,
				 &fault);
	if (error == -EBADMSG) {
		log_error("%s/%s line %llu: %s", settings->root, fault.file,
			  (unsigned long long)fault.line, fault.what);
		return complain(
			"the journal is damaged; to keep the original and go on with what is "
			"sound, run",
			"loktfs --repair ROOT");
	}
	if (error)
		return complain_errno("reading the journal", error);
	daemon->journal.is_lazy = !settings->is_durable;
	daemon->serve.journal = &daemon->journal;
	return 0;
}

/* The engine learns of this start by an event, which also reserves tokens: on disk before any is given. */
static int begin_epoch(struct daemon *daemon)
{
	struct serve *serve = &daemon->serve;
	struct event event = {.kind = EVENT_START, .at = clock_now()};
	serve->now = event.at;
	uint64_t next = engine_next_token(serve->engine);
	uint64_t below = engine_tokens_below(serve->engine);
	event.tokens_below = (next > below ? next : below) + 65536;
	int error = rootdir_boot_id(event.boot_id);
	if (error)
		return complain_errno("reading the boot id", error);
	error = serve_keep_books(serve, &event);
	if (!error && fdatasync(daemon->journal.fd) < 0)
		error = -errno;
	if (error)
		return complain_errno("writing the journal", error);
	commit_catch_up(serve);
	return 0;
}

static int open_host(struct daemon *daemon)
{
	struct serve *serve = &daemon->serve;
	int error = identity_init(&daemon->identity, "/proc");
	if (error)
		return complain_errno("/proc", error);
	error = holders_init(&daemon->holders);
	if (error)
		return complain_errno("watching processes", error);
	serve->identity = &daemon->identity;
	serve->holders = &daemon->holders;
	serve->refusals = refusals_new();
	return serve->refusals ? 0 : complain_errno("starting", -ENOMEM);
}

static int open_session(struct daemon *daemon)
{
	const struct settings *settings = daemon->settings;
	char options[128] = "fsname=loktfs,subtype=loktfs,noatime,noexec";
	if (settings->allow_other)
		strcat(options, ",allow_other");
	char *argv[] = {"loktfs", "-o", options, settings->is_debug ? "-d" : NULL, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(settings->is_debug ? 4 : 3, argv);
	struct mount *mount = &daemon->mount;
	mount->session = fuse_session_new(&args, mount_ops(), sizeof(*mount_ops()), mount);
	fuse_opt_free_args(&args);
	if (!mount->session)
		return complain("FUSE", "cannot begin a session");
	if (fuse_session_mount(mount->session, settings->mountpoint) != 0)
		return complain(settings->mountpoint, "cannot be mounted on");
	daemon->is_mounted = true;
	return 0;
}

/*
 * Since Linux 6.15 an administrator may have requests that are not answered in time end the
 * whole connection. The kernel looks every 15 s; half of the limit is surely before it.
 */
static int64_t wait_limit_ns(void)
{
	long seconds = 0;
	FILE *file = fopen("/proc/sys/fs/fuse/max_request_timeout", "re");
	if (!file)
		return 0;
	if (fscanf(file, "%ld", &seconds) != 1)
		seconds = 0;
	fclose(file);
	return seconds > 0 ? seconds * NS_PER_SEC / 2 : 0;
}

static int open_mount(struct daemon *daemon)
{
	const struct settings *settings = daemon->settings;
	char why[MOUNTPOINT_WHY_MAX];
	daemon->mount.serve = &daemon->serve;
	daemon->mount.is_durable = settings->is_durable;
	daemon->mount.uid = geteuid();
	daemon->mount.gid = getegid();
	daemon->mount.since = time(NULL);
	daemon->mount.wait_limit_ns = wait_limit_ns();
	daemon->mountpoint_fd = mountpoint_prepare(settings->mountpoint, why);
	if (daemon->mountpoint_fd < 0)
		return complain(settings->mountpoint, why);
	if (open_session(daemon))
		return -1;
	int error = rootdir_announce(&daemon->rootdir, settings);
	return error ? complain_errno("announcing the daemon", error) : 0;
}

static int open_loop(struct daemon *daemon, int ready_fd)
{
	struct loop *loop = &daemon->loop;
	*loop = (struct loop){
		.mount = &daemon->mount,
		.serve = &daemon->serve,
		.holders = &daemon->holders,
		.syncer = syncer_new(),
		.mountpoint = daemon->settings->mountpoint,
		.sharing = daemon->sharing,
		.epoll_fd = -1,
		.ready_fd = ready_fd,
	};
	if (!loop->syncer)
		return complain_errno("starting the sync thread", -errno);
	loop->snapshotter = (struct snapshotter){
		.serve = &daemon->serve,
		.syncer = loop->syncer,
		.fuse_fd = fuse_session_fd(daemon->mount.session),
		.pid_fd = -1,
	};
	int error = sharing_begin(daemon->sharing);
	if (!error)
		error = loop_init(loop);
	return error ? complain_errno("starting the loop", error) : 0;
}

static int open_all(struct daemon *daemon, int ready_fd)
{
	int error = open_root(daemon);
	if (error)
		return error;
	if (open_sharing(daemon) || replay(daemon) || open_host(daemon) || begin_epoch(daemon) ||
	    open_mount(daemon))
		return -1;
	return open_loop(daemon, ready_fd);
}

static void close_all(struct daemon *daemon)
{
	struct serve *serve = &daemon->serve;
	if (daemon->loop.mount)
		loop_release(&daemon->loop);
	if (daemon->mount.session) {
		parked_release(&daemon->mount);
		if (daemon->is_mounted)
			fuse_session_unmount(daemon->mount.session);
		fuse_session_destroy(daemon->mount.session);
	}
	files_release(&daemon->mount.files);
	sharing_free(daemon->sharing);
	confirm_release(serve);
	syncjob_release(serve);
	free(serve->touched.list);
	if (serve->refusals && serve->journal)
		refusals_flush(serve->refusals, serve->journal,
			       (struct now){LEASE_NEVER, serve->now.wall_ns});
	refusals_free(serve->refusals);
	if (daemon->loop.syncer)
		syncer_free(daemon->loop.syncer);
	if (serve->journal)
		journal_release(serve->journal);
	if (serve->holders)
		holders_release(serve->holders);
	if (serve->identity)
		identity_release(serve->identity);
	lease_free(serve->ended);
	free(serve->settled);
	engine_free(serve->engine);
	rootdir_close(&daemon->rootdir);
}

/* Each process that leases hang on takes a descriptor, and the usual soft limit is 1024. */
static void raise_fd_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_warning("raising the limit of open files: %s", strerror(errno));
}

/* Nobody's terminal, session or directory is kept busy by a daemon. */
static void leave_starter(const struct daemon *daemon)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		close(null);
	}
	dup2(daemon->log_fd, STDERR_FILENO);
	if (chdir("/") < 0)
		log_warning("leaving the directory: %s", strerror(errno));
}

static int serve_mount(struct settings *settings, int ready_fd)
{
	struct daemon daemon = {.settings = settings, .log_fd = -1, .mountpoint_fd = -1};
	daemon.rootdir = (struct rootdir){.fd = -1, .lock_fd = -1};
	daemon.journal.fd = -1;
	daemon.serve.is_durable = settings->is_durable;
	raise_fd_limit();
	int error = open_all(&daemon, ready_fd);
	if (!error) {
		if (!settings->is_foreground)
			leave_starter(&daemon);
		log_info("serving %s on %s", settings->root, settings->mountpoint);
		if (daemon.serve.news.state.error[0])
			log_warning("shared locks are not mirrored to git: %s",
				    daemon.serve.news.state.error);
		error = loop_run(&daemon.loop);
	}
	close_all(&daemon);
	if (daemon.mountpoint_fd >= 0)
		close(daemon.mountpoint_fd);
	if (daemon.log_fd >= 0)
		close(daemon.log_fd);
	return error == -EWOULDBLOCK ? ROOTDIR_TAKEN : error != 0;
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

int daemon_run(struct settings *settings)
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
	int status = serve_mount(settings, pipe_fds[1]);
	/* After a good start the starter has gone and nobody reads this. */
	signal(SIGPIPE, SIG_IGN);
	char byte = (char)status;
	if (status && write(pipe_fds[1], &byte, 1) < 0)
		return status;
	return status;
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

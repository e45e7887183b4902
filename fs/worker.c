/* See worker.h. Words go to stderr, which is the starter's until the mount answers. */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cached.h"
#include "commit.h"
#include "confirm.h"
#include "host/area.h"
#include "host/clock.h"
#include "host/fault.h"
#include "host/journal.h"
#include "host/log.h"
#include "lokt/layout.h"
#include "loop.h"
#include "policy.h"
#include "refusals.h"
#include "rootdir.h"
#include "sharing.h"
#include "syncjob.h"

struct worker {
	struct settings *settings;
	struct inherit inherit;
	char *const *argv;
	struct area area;
	struct journal journal;
	struct identity identity;
	struct holders holders;
	struct cached cached;
	struct serve serve;
	struct mount mount;
	struct sharing *sharing;
	struct loop loop;
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

static int apply(struct event *event, void *context)
{
	engine_apply(context, event);
	return 0;
}

static int open_sharing(struct worker *worker)
{
	char why[SHARING_WHY_MAX];
	int error = sharing_open(&worker->sharing, &worker->serve, worker->settings, why);
	if (error == -EINVAL)
		return complain(worker->settings->root, why);
	return error ? complain_errno("git", error) : 0;
}

static int replay(struct worker *worker)
{
	const struct settings *settings = worker->settings;
	struct engine_config config = {
		.max_leases = settings->max_leases,
		.default_ttl_ms = settings->ttl_ms,
		.mounter = geteuid(),
		.is_mirrored = worker->serve.is_mirrored,
		.is_strict = worker->serve.is_strict,
		.skew_ns = settings->skew_ms * NS_PER_MS,
	};
	struct journal_fault fault = {0};
	char why[POLICY_WHY_MAX];
	if (policy_read(settings->root, &config.overlap_is_allowed, why))
		return complain(settings->root, why);
	worker->serve.engine = engine_new(&config);
	if (!worker->serve.engine)
		return complain_errno("making the lease table", -ENOMEM);
	int error = journal_open(&worker->journal, worker->inherit.root_fd, apply,
				 worker->serve.engine, &fault);
	if (error == -EBADMSG) {
		log_error("%s/%s line %llu: %s", settings->root, fault.file,
			  (unsigned long long)fault.line, fault.what);
		return complain(
			"the journal is damaged; to keep the original and go on with what is "
			"sound, run",
			"loktfs --repair ROOT");
	}
	if (error && fault.what[0]) {
		log_error("reading the journal: %s/%s %s", settings->root, fault.file, fault.what);
		return -1;
	}
	if (error)
		return complain_errno("reading the journal", error);
	worker->journal.is_lazy = !settings->is_durable;
	worker->serve.journal = &worker->journal;
	return 0;
}

/* The engine learns of this start by an event, which also reserves tokens: on disk before any is given. */
static int begin_epoch(struct worker *worker)
{
	struct serve *serve = &worker->serve;
	struct event event = {
		.kind = EVENT_START, .at = clock_now(), .mount = worker->area.head->mount};
	serve->now = event.at;
	uint64_t next = engine_next_token(serve->engine);
	uint64_t below = engine_tokens_below(serve->engine);
	event.tokens_below = (next > below ? next : below) + 65536;
	int error = rootdir_boot_id(event.boot_id);
	if (error)
		return complain_errno("reading the boot id", error);
	error = serve_keep_books(serve, &event);
	if (!error && fdatasync(worker->journal.fd) < 0)
		error = -errno;
	if (error)
		return complain_errno("writing the journal", error);
	commit_catch_up(serve);
	return 0;
}

static int open_host(struct worker *worker)
{
	struct serve *serve = &worker->serve;
	int error = identity_init(&worker->identity, "/proc");
	if (error)
		return complain_errno("/proc", error);
	error = holders_init(&worker->holders);
	if (error)
		return complain_errno("watching processes", error);
	serve->identity = &worker->identity;
	serve->holders = &worker->holders;
	serve->refusals = refusals_new();
	return serve->refusals ? 0 : complain_errno("starting", -ENOMEM);
}

static int open_session(struct worker *worker)
{
	const struct settings *settings = worker->settings;
	char *argv[] = {"loktfs", settings->is_debug ? "-d" : NULL, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(settings->is_debug ? 2 : 1, argv);
	struct mount *mount = &worker->mount;
	mount->session = fuse_session_new(&args, mount_ops(), sizeof(*mount_ops()), mount);
	fuse_opt_free_args(&args);
	return mount->session ? 0 : complain("FUSE", "cannot begin a session");
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

static int open_mount(struct worker *worker)
{
	const struct settings *settings = worker->settings;
	worker->mount.serve = &worker->serve;
	if (settings->is_cached)
		worker->serve.cached = &worker->cached;
	worker->mount.is_durable = settings->is_durable;
	worker->mount.uid = geteuid();
	worker->mount.gid = getegid();
	worker->mount.since = time(NULL);
	worker->mount.wait_limit_ns = wait_limit_ns();
	if (open_session(worker))
		return -1;
	int error = channel_open(&worker->mount, worker->inherit.fuse_fd, &worker->area);
	return error ? complain_errno("taking the mount over", error) : 0;
}

/* Another supervisor for the same mount, since ours has ended. A pidfd, or a negative errno. */
static int start_supervisor(void *context)
{
	struct worker *worker = context;
	struct inherit inherit = worker->inherit;
	inherit.role = ROLE_SUPERVISOR;
	inherit.ready_fd = -1;
	inherit.peer = getpid();
	pid_t pid = inherit_spawn(&inherit, "/proc/self/exe", worker->argv);
	if (pid < 0)
		return pid;
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	return fd < 0 ? -errno : fd;
}

/* Who started us, if it still lives; a worker alone has nobody. */
static int open_peer(const struct worker *worker)
{
	if (worker->inherit.role != ROLE_WORKER)
		return -1;
	int fd = (int)syscall(SYS_pidfd_open, worker->inherit.peer, 0);
	if (fd >= 0 && getppid() == worker->inherit.peer)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int open_loop(struct worker *worker)
{
	struct loop *loop = &worker->loop;
	*loop = (struct loop){
		.mount = &worker->mount,
		.serve = &worker->serve,
		.holders = &worker->holders,
		.syncer = syncer_new(),
		.mountpoint = worker->settings->mountpoint,
		.sharing = worker->sharing,
		.epoll_fd = -1,
		.ready_fd = worker->inherit.ready_fd,
		.peer_fd = open_peer(worker),
		.supervise = start_supervisor,
		.context = worker,
	};
	if (!loop->syncer)
		return complain_errno("starting the sync thread", -errno);
	loop->snapshotter = (struct snapshotter){
		.serve = &worker->serve,
		.syncer = loop->syncer,
		.fuse_fd = worker->inherit.fuse_fd,
		.pid_fd = -1,
	};
	int error = sharing_begin(worker->sharing);
	if (!error)
		error = loop_init(loop);
	/* It has ended before we looked. */
	if (!error && worker->inherit.role == ROLE_WORKER && loop->peer_fd < 0)
		loop->supervise_at_ns = 0;
	return error ? complain_errno("starting the loop", error) : 0;
}

static void begin_turn(struct mount *mount)
{
	serve_turn(mount->serve, clock_now());
}

static int resume(struct worker *worker)
{
	int error = channel_resume(&worker->mount, begin_turn);
	if (error == -EPROTO)
		return complain("taking the mount over", "it was begun by a program that does not "
							 "agree with this one");
	return error ? complain_errno("taking the mount over", error) : 0;
}

static int open_all(struct worker *worker)
{
	int error = area_map(&worker->area, worker->inherit.area_fd, false);
	if (error)
		return complain_errno("what the last worker left", error);
	worker->area.head->workers++;
	fault_open((unsigned)worker->area.head->workers);
	/* A first worker that dies before it is live is a start that fails. */
	if (worker->area.head->workers > 1)
		fault_arm();
#ifdef LOKT_TEST_HOOKS
	if (worker->area.head->workers > 1)
		unsetenv("LOKTFS_TEST_SYNC_FAIL");
#endif
	if (open_sharing(worker) || replay(worker) || open_host(worker) || begin_epoch(worker) ||
	    open_mount(worker) || open_loop(worker))
		return -1;
	return resume(worker);
}

static void close_all(struct worker *worker)
{
	struct serve *serve = &worker->serve;
	if (worker->loop.mount)
		loop_release(&worker->loop);
	if (worker->mount.session) {
		parked_release(&worker->mount);
		files_release(&worker->mount.files);
		channel_close(&worker->mount);
		fuse_session_destroy(worker->mount.session); /* closes its descriptor, too */
	}
	sharing_free(worker->sharing);
	confirm_release(serve);
	syncjob_release(serve);
	free(serve->touched.list);
	if (serve->refusals && serve->journal)
		refusals_flush(serve->refusals, serve->journal,
			       (struct now){LEASE_NEVER, serve->now.wall_ns});
	refusals_free(serve->refusals);
	if (worker->loop.syncer)
		syncer_free(worker->loop.syncer);
	if (serve->journal)
		journal_release(serve->journal);
	if (serve->holders)
		holders_release(serve->holders);
	if (serve->identity)
		identity_release(serve->identity);
	lease_free(serve->ended);
	free(serve->settled);
	engine_free(serve->engine);
	area_release(&worker->area);
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

void worker_leave_starter(int log_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		close(null);
	}
	dup2(log_fd, STDERR_FILENO);
	if (chdir("/") < 0)
		log_warning("leaving the directory: %s", strerror(errno));
}

static void say_serving(const struct worker *worker)
{
	const struct settings *settings = worker->settings;
	uint64_t number = worker->area.head->workers;
	if (number == 1)
		log_info("serving %s on %s", settings->root, settings->mountpoint);
	else
		log_info("serving on: worker %llu", (unsigned long long)number);
	if (number == 1 && worker->serve.news.state.error[0])
		log_warning("shared locks are not mirrored to git: %s",
			    worker->serve.news.state.error);
}

static void prepare(struct worker *worker, struct settings *settings, const struct inherit *inherit)
{
	*worker = (struct worker){.settings = settings, .inherit = *inherit};
	worker->area.fd = -1;
	worker->journal.fd = -1;
	worker->serve.is_durable = settings->is_durable;
	/* Started as /proc/self/exe, which would be its name in ps. */
	prctl(PR_SET_NAME, "loktfs");
}

int worker_run(struct settings *settings, const struct inherit *inherit, char *const argv[])
{
	static struct worker worker; /* large */
	prepare(&worker, settings, inherit);
	worker.argv = argv;
	raise_fd_limit();
	int error = open_all(&worker);
	if (!error) {
		if (!settings->is_foreground)
			worker_leave_starter(inherit->log_fd);
		say_serving(&worker);
		error = loop_run(&worker.loop);
		/* Who still waits is not told: the next worker answers. */
		if (error)
			_exit(1);
		worker.area.head->is_over = 1;
	}
	close_all(&worker);
	return error != 0;
}

int worker_probe(struct settings *settings, const struct inherit *inherit)
{
	static struct worker worker;
	prepare(&worker, settings, inherit);
	worker.mount.serve = &worker.serve;
	int error = area_map(&worker.area, inherit->area_fd, true);
	if (error)
		return complain_errno("what the last worker left", error) != 0;
	error = open_mount(&worker);
	if (!error)
		error = channel_probe(&worker.mount);
	return error != 0;
}

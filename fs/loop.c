/* See loop.h. Each descriptor is one row: what it is and who is called. */
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commit.h"
#include "host/clock.h"
#include "host/fault.h"
#include "host/journal.h"
#include "host/log.h"
#include "mountpoint.h"

/*
 * Ends of leases that are carried out before others are served: where nobody waits for the turn, and
 * where a request does (some 10 us each).
 */
#define SLICE 128
#define SLICE_OF_REQUEST 4

/* Descriptors that are told of at a time. */
#define READY_MAX 16

/* Requests read before the others get a turn. */
#define BATCH 64

/* How long those who have files open are served after the end was asked for. */
#define LAST_CALLS_NS NS_PER_SEC

/* Between two supervisors that end at once. */
#define RESPAWN_NS (100 * NS_PER_MS)

/* How long the last sync may take before those who wait for it are told that it failed. */
#define LAST_SYNC_MS 30000

static void tell_ready(struct loop *loop)
{
	char ready = 0;
	if (loop->ready_fd < 0 || !loop->mount->is_live)
		return;
	if (write(loop->ready_fd, &ready, 1) < 0)
		log_warning("telling the starter: %s", strerror(errno));
	close(loop->ready_fd);
	loop->ready_fd = -1;
	fault_arm();
}

static void on_fuse(struct loop *loop)
{
	struct mount *mount = loop->mount;
	for (int i = 0; i < BATCH; i++) {
		int size = channel_receive(mount);
		/* ENOENT: its caller took it back while it was read */
		if (size == -EINTR || size == -ENOENT)
			continue;
		if (size <= 0) {
			loop->is_stopping |= size != -EAGAIN;
			return;
		}
		loop->serve->slice = SLICE_OF_REQUEST;
		serve_turn(loop->serve, clock_now());
		mount_answer_settled(mount);
		channel_serve(mount);
		mount_answer_settled(mount);
		channel_commit(mount);
		tell_ready(loop);
	}
}

static void begin_turn(struct loop *loop)
{
	loop->serve->slice = SLICE;
	serve_turn(loop->serve, clock_now());
}

static void on_timer(struct loop *loop)
{
	uint64_t times;
	if (read(loop->timer_fd, &times, sizeof(times)) < 0 && errno != EAGAIN)
		log_error("reading the timer: %s", strerror(errno));
	loop->armed_ns = LEASE_NEVER;
	begin_turn(loop);
	loop->is_stopping |= loop->serve->now.mono_ns >= loop->stop_at_ns;
}

static void on_signal(struct loop *loop)
{
	struct signalfd_siginfo info;
	if (read(loop->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		log_info("signal %u: ending", info.ssi_signo);
	/* Detached first, so that whoever is half through a touch is served to its end. */
	if (loop->stop_at_ns != LEASE_NEVER || mountpoint_detach(loop->mountpoint) < 0)
		loop->is_stopping = true;
	loop->stop_at_ns = clock_now().mono_ns + LAST_CALLS_NS;
}

static void on_holders(struct loop *loop)
{
	struct process dead[64];
	size_t len;
	begin_turn(loop);
	do {
		len = holders_collect(loop->holders, dead, sizeof(dead) / sizeof(dead[0]));
		for (size_t i = 0; i < len; i++)
			serve_died(loop->serve, dead[i]);
	} while (len == sizeof(dead) / sizeof(dead[0]));
}

static void on_synced(struct loop *loop)
{
	uint64_t position = loop->mount->synced;
	int error = syncer_collect(loop->syncer, &position);
	begin_turn(loop);
	if (!error)
		commit_synced(loop->serve, position);
	mount_synced(loop->mount, position, error);
	if (!error)
		return;
	log_error("the journal did not reach the disk: %s; ending", strerror(-error));
	loop->has_failed = true;
	loop->is_stopping = true;
}

static void on_snapshot(struct loop *loop)
{
	begin_turn(loop);
	snapshotter_collect(&loop->snapshotter);
}

static void on_sharing(struct loop *loop)
{
	begin_turn(loop);
	sharing_collect(loop->sharing);
}

/* The next one is started a little later if this one was started a moment ago. */
static void on_peer(struct loop *loop)
{
	siginfo_t info;
	begin_turn(loop);
	/* Our child, if we started it: ECHILD else. */
	(void)waitid(P_PIDFD, (id_t)loop->peer_fd, &info, WEXITED | WNOHANG);
	close(loop->peer_fd);
	loop->peer_fd = -1;
	loop->supervise_at_ns = loop->supervised_ns + RESPAWN_NS;
}

static int watch(const struct loop *loop, int fd, void (*handler)(struct loop *))
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = (void *)handler};
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int open_signals(struct loop *loop)
{
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	loop->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return loop->signal_fd < 0 ? -errno : watch(loop, loop->signal_fd, on_signal);
}

static int open_timer(struct loop *loop)
{
	loop->armed_ns = LEASE_NEVER;
	loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return loop->timer_fd < 0 ? -errno : watch(loop, loop->timer_fd, on_timer);
}

/* Level-triggered and non-blocking, so that a batch can end and the rest come back. */
static int open_fuse(struct loop *loop)
{
	int fd = loop->mount->channel.fd;
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return watch(loop, fd, on_fuse);
}

int loop_init(struct loop *loop)
{
	loop->timer_fd = loop->signal_fd = -1;
	linger_init(&loop->linger);
	loop->stop_at_ns = LEASE_NEVER;
	loop->supervise_at_ns = LEASE_NEVER;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		return -errno;
	int error = open_signals(loop);
	if (!error)
		error = open_timer(loop);
	if (!error)
		error = open_fuse(loop);
	if (!error)
		error = watch(loop, loop->holders->epoll_fd, on_holders);
	if (!error)
		error = watch(loop, syncer_event_fd(loop->syncer), on_synced);
	if (!error && loop->peer_fd >= 0)
		error = watch(loop, loop->peer_fd, on_peer);
	if (!error && loop->sharing)
		error = watch(loop, sharing_fd(loop->sharing), on_sharing);
	return error;
}

void loop_release(struct loop *loop)
{
	snapshotter_stop(&loop->snapshotter);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	if (loop->timer_fd >= 0)
		close(loop->timer_fd);
	if (loop->signal_fd >= 0)
		close(loop->signal_fd);
	if (loop->ready_fd >= 0)
		close(loop->ready_fd);
	if (loop->peer_fd >= 0)
		close(loop->peer_fd);
}

static void arm_timer(struct loop *loop, int64_t refresh_ns)
{
	int64_t at_ns = serve_next_deadline(loop->serve);
	int64_t sharing_ns = sharing_deadline(loop->sharing);
	if (sharing_ns < at_ns)
		at_ns = sharing_ns;
	if (refresh_ns < at_ns)
		at_ns = refresh_ns;
	if (loop->stop_at_ns < at_ns)
		at_ns = loop->stop_at_ns;
	if (loop->supervise_at_ns < at_ns)
		at_ns = loop->supervise_at_ns;
	/* What is due and could not be done, for want of memory, is tried again soon. */
	int64_t soon_ns = loop->serve->now.mono_ns + NS_PER_MS;
	if (loop->serve->is_behind)
		at_ns = loop->serve->now.mono_ns;
	else if (at_ns <= loop->serve->now.mono_ns)
		at_ns = soon_ns;
	if (at_ns == loop->armed_ns)
		return;
	struct itimerspec when = {0};
	if (at_ns != LEASE_NEVER) {
		when.it_value.tv_sec = at_ns / NS_PER_SEC;
		when.it_value.tv_nsec = at_ns % NS_PER_SEC;
	}
	if (timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) < 0)
		log_error("setting the timer: %s", strerror(errno));
	else
		loop->armed_ns = at_ns;
}

static void ask_for_sync(struct loop *loop)
{
	uint64_t wanted = parked_wanted(&loop->mount->parked);
	if (commit_wanted(loop->serve) > wanted)
		wanted = commit_wanted(loop->serve);
	if (wanted <= loop->wanted)
		return;
	/* All that was written by now is covered, so later comers of this turn wait for the same sync. */
	loop->wanted = loop->serve->journal->position;
	syncer_want(loop->syncer, loop->serve->journal->fd, loop->wanted);
}

static void take_snapshot(struct loop *loop)
{
	bool had_child = loop->snapshotter.child != 0;
	snapshotter_consider(&loop->snapshotter);
	if (!had_child && loop->snapshotter.child &&
	    watch(loop, loop->snapshotter.pid_fd, on_snapshot) < 0)
		snapshotter_collect(&loop->snapshotter); /* waited for, then, not watched */
}

/* A journal that may hold half a line takes no more: the next start reads what is sound. */
static void end_if_broken(struct loop *loop)
{
	if (!loop->serve->journal->is_broken || loop->has_failed)
		return;
	log_error("the journal cannot be trusted any more; ending");
	loop->has_failed = true;
	loop->is_stopping = true;
}

/* Unprotected until then, but serving. */
static void find_supervisor(struct loop *loop)
{
	int64_t now_ns = loop->serve->now.mono_ns;
	if (now_ns < loop->supervise_at_ns || loop->is_stopping)
		return;
	log_warning("the supervisor has ended: starting another");
	int fd = loop->supervise(loop->context);
	int error = fd < 0 ? fd : watch(loop, fd, on_peer);
	loop->peer_fd = fd;
	loop->supervised_ns = now_ns;
	loop->supervise_at_ns = error ? now_ns + NS_PER_SEC : LEASE_NEVER;
	if (error)
		log_error("starting a supervisor: %s", strerror(-error));
}

static void end_turn(struct loop *loop)
{
	int64_t refresh_ns = parked_refresh(loop->mount);
	sharing_advance(loop->sharing);
	mount_answer_settled(loop->mount);
	channel_commit(loop->mount);
	find_supervisor(loop);
	take_snapshot(loop);
	end_if_broken(loop);
	ask_for_sync(loop);
	arm_timer(loop, refresh_ns);
}

/* Whoever waits for the disk is told before the end, one way or the other. */
static void finish_replies(struct loop *loop)
{
	struct pollfd synced = {.fd = syncer_event_fd(loop->syncer), .events = POLLIN};
	while (loop->mount->parked.replies && !loop->has_failed) {
		ask_for_sync(loop);
		if (poll(&synced, 1, LAST_SYNC_MS) > 0)
			on_synced(loop);
		else
			mount_synced(loop->mount, 0, -EIO);
	}
}

/* Not by epoll_wait(2)'s time-out: to sleep is what shall be saved. */
static int look(struct loop *loop, struct epoll_event ready[READY_MAX])
{
	int64_t until_ns = clock_now().mono_ns + LINGER_NS;
	int len;
	do
		len = epoll_wait(loop->epoll_fd, ready, READY_MAX, 0);
	while (len == 0 && clock_now().mono_ns < until_ns);
	linger_end(&loop->linger, len > 0);
	return len;
}

static int await_ready(struct loop *loop, struct epoll_event ready[READY_MAX])
{
	int len = linger_begin(&loop->linger) ? look(loop, ready) : 0;
	return len ? len : epoll_wait(loop->epoll_fd, ready, READY_MAX, -1);
}

int loop_run(struct loop *loop)
{
	struct epoll_event ready[READY_MAX];
	begin_turn(loop);
	end_turn(loop);
	while (!loop->is_stopping) {
		int len = await_ready(loop, ready);
		for (int i = 0; i < len; i++)
			((void (*)(struct loop *))ready[i].data.ptr)(loop);
		end_turn(loop);
	}
	finish_replies(loop);
	channel_commit(loop->mount);
	return loop->has_failed ? -EIO : 0;
}

/* See snapshotter.h. */
#include "snapshotter.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/journal.h"
#include "host/log.h"
#include "host/snapshot.h"

#define RETRY_NS (60 * NS_PER_SEC)

#define DONE_IN_SNAPSHOT 1024

static void add_books(const struct serve *serve, struct snapshot_writer *writer)
{
	struct event event = {
		.kind = EVENT_START,
		.at = serve->now,
		.mount = engine_mount(serve->engine),
		.tokens_below = engine_tokens_below(serve->engine),
	};
	strcpy(event.boot_id, engine_boot_id(serve->engine));
	snapshot_add(writer, &event);
}

static void add_table(const struct serve *serve, struct snapshot_writer *writer, bool is_freeze)
{
	const struct lease *lease = NULL;
	while ((lease = engine_next(serve->engine, is_freeze, lease))) {
		struct event event = {
			.kind = is_freeze ? EVENT_FREEZE : EVENT_ACQUIRE,
			.at = serve->now,
			.lease = (struct lease *)lease,
		};
		snapshot_add(writer, &event);
	}
}

/* A ref may outlive its lease: that it was ours must outlive the segments that say so. */
static void add_tombs(const struct serve *serve, struct snapshot_writer *writer)
{
	const struct lease *lease = NULL;
	while ((lease = engine_next_tomb(serve->engine, lease))) {
		struct event event = {
			.kind = lease->is_foreign ? EVENT_FORCE_BREAK : EVENT_RELEASE,
			.at = serve->now,
			.lease = (struct lease *)lease,
		};
		snapshot_add(writer, &event);
	}
}

/* A request whose answer still waits for the disk may come back; those are few. */
static void add_done(const struct serve *serve, struct snapshot_writer *writer)
{
	struct done done;
	uint64_t cursor = 0;
	while (engine_next_done(serve->engine, DONE_IN_SNAPSHOT, &cursor, &done)) {
		struct event event = {
			.kind = EVENT_DONE,
			.at = serve->now,
			.req = done.req,
			.done = done.kind,
			.token = done.token,
		};
		snapshot_add(writer, &event);
	}
}

int snapshot_write(const struct serve *serve, uint64_t seq)
{
	struct snapshot_writer writer;
	int error = snapshot_begin(&writer, serve->journal->dir_fd, seq);
	if (error < 0)
		return error;
	add_books(serve, &writer);
	add_table(serve, &writer, false);
	add_table(serve, &writer, true);
	add_tombs(serve, &writer);
	add_done(serve, &writer);
	return snapshot_finish(&writer);
}

static void put_off(struct snapshotter *snapshotter, const char *what, int error)
{
	log_error("%s: %s; trying again in a minute", what, strerror(error));
	snapshotter->not_before_ns = snapshotter->serve->now.mono_ns + RETRY_NS;
}

static void run_child(const struct snapshotter *snapshotter, pid_t parent)
{
	/* Nobody would rename what an orphan writes, and it would keep the ROOT's lock. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* Whoever waits for the loop goes first. */
	(void)!nice(19);
	close(snapshotter->fuse_fd);
	_exit(snapshot_write(snapshotter->serve, snapshotter->seq) < 0);
}

static void begin(struct snapshotter *snapshotter)
{
	struct journal *journal = snapshotter->serve->journal;
	int old_fd;
	snapshotter->asked = 0;
	int error = journal_rotate(journal, &old_fd);
	if (error < 0) {
		put_off(snapshotter, "beginning a new segment of the journal", -error);
		return;
	}
	syncer_retire(snapshotter->syncer, old_fd, journal->position);
	snapshotter->seq = journal->seq;
	pid_t self = getpid();
	pid_t child = fork();
	if (child == 0)
		run_child(snapshotter, self);
	if (child < 0) {
		put_off(snapshotter, "starting the snapshot's process", errno);
		return;
	}
	snapshotter->child = child;
	snapshotter->pid_fd = (int)syscall(SYS_pidfd_open, child, 0);
	if (snapshotter->pid_fd < 0)
		snapshotter_collect(snapshotter); /* then it is waited for, not watched */
}

/*
 * A rotation awaits the disk, so the syncer has brought there nearly everything before. A segment
 * of twice its size is begun anew in any case.
 */
static bool is_nearly_synced(struct snapshotter *snapshotter)
{
	const struct serve *serve = snapshotter->serve;
	const struct journal *journal = serve->journal;
	if (!serve->is_durable || journal->size / 2 > journal->rotate_at)
		return true;
	if (!snapshotter->asked) {
		snapshotter->asked = journal->position;
		syncer_want(snapshotter->syncer, journal->fd, journal->position);
	}
	return serve->synced >= snapshotter->asked;
}

static void report_disposal(int error)
{
	if (error < 0)
		log_error("deleting what a snapshot has replaced: %s", strerror(-error));
}

/* True: nothing is under way. */
static bool has_disposed(struct snapshotter *snapshotter)
{
	int error;
	if (!disposal_is_over(&snapshotter->disposal, &error))
		return false;
	report_disposal(error);
	return true;
}

void snapshotter_consider(struct snapshotter *snapshotter)
{
	if (!has_disposed(snapshotter) || snapshotter->child ||
	    !journal_wants_rotation(snapshotter->serve->journal) ||
	    snapshotter->serve->now.mono_ns < snapshotter->not_before_ns)
		return;
	if (is_nearly_synced(snapshotter))
		begin(snapshotter);
}

static void forget(struct snapshotter *snapshotter, int *status)
{
	while (waitpid(snapshotter->child, status, 0) < 0 && errno == EINTR)
		;
	if (snapshotter->pid_fd >= 0)
		close(snapshotter->pid_fd);
	snapshotter->pid_fd = -1;
	snapshotter->child = 0;
}

void snapshotter_collect(struct snapshotter *snapshotter)
{
	struct journal *journal = snapshotter->serve->journal;
	char name[64];
	int status = 1;
	snprintf(name, sizeof(name), "snapshot.%d.tmp", (int)snapshotter->child);
	forget(snapshotter, &status);
	int error = status == 0 ? snapshot_publish(journal, name, snapshotter->seq,
						   &snapshotter->disposal)
				: -EIO;
	if (error == 0)
		return;
	snapshot_abandon(journal->dir_fd, name);
	put_off(snapshotter, "writing a snapshot", -error);
}

void snapshotter_stop(struct snapshotter *snapshotter)
{
	int status;
	report_disposal(disposal_end(&snapshotter->disposal));
	if (!snapshotter->child)
		return;
	kill(snapshotter->child, SIGKILL);
	forget(snapshotter, &status);
}

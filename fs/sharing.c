/*
 * See sharing.h: how it begins and ends, and its two lanes. What one resource needs is
 * sharing_steps.c's.
 */
#include "sharing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "confirm.h"
#include "host/actorid.h"
#include "host/gritefile.h"
#include "host/log.h"
#include "sharing_state.h"

/* Lists within one job that another's push made worthless. */
#define ROUNDS_MAX 16

#define HORIZON_OFF_MS (24 * 3600 * MS_PER_SEC)

#define RETRY_LAST_NS (30 * NS_PER_SEC)

int64_t sharing_jitter(int64_t span_ns)
{
	return span_ns - span_ns / 4 + (int64_t)random() % (span_ns / 2 + 1);
}

int64_t sharing_back_off(unsigned fails)
{
	int64_t span_ns = RETRY_LAST_NS;
	if (fails < 8 && SHARING_RETRY_NS << fails < RETRY_LAST_NS)
		span_ns = SHARING_RETRY_NS << fails;
	return sharing_jitter(span_ns);
}

void sharing_say(struct sharing *sharing, const char *what, const char *why)
{
	struct shared_state *state = &sharing->serve->news.state;
	char text[SHARED_ERROR_MAX + 1];
	snprintf(text, sizeof(text), "%s: %.400s", what, why);
	if (strcmp(text, state->error) != 0)
		log_warning("%s", text);
	strcpy(state->error, text);
}

static void watch(struct sharing *sharing, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};
	if (epoll_ctl(sharing->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		log_error("watching git: %s", strerror(errno));
}

/* From now on spoken to; which one is the mount's does not change by it. */
static void set_remote(struct sharing *sharing, const char *name)
{
	if (sharing->remote && strcmp(remote_name(sharing->remote), name) == 0)
		return;
	remote_free(sharing->remote);
	sharing->remote = remote_new(&sharing->repository, name);
	shares_forget_remote(&sharing->shares);
	sharing->shares.has_remote = sharing->remote != NULL;
	if (sharing->remote)
		watch(sharing, remote_fd(sharing->remote));
	else
		sharing_say(sharing, name, strerror(errno));
}

/* The remote of the settings, or origin where there is one. 0 or -EINVAL. */
static int choose_remote(struct sharing *sharing, const struct settings *settings,
			 char why[SHARING_WHY_MAX])
{
	const char *name = settings->remote[0] ? settings->remote : "origin";
	struct shared_state *state = &sharing->serve->news.state;
	bool is_there = repository_has_remote(&sharing->repository, name);
	if (is_there)
		snprintf(state->remote, sizeof(state->remote), "%s", name);
	if (is_there || settings->shared == SHARED_OFF)
		return 0;
	snprintf(why, SHARING_WHY_MAX,
		 "shared=%s: %.300s has no remote \"%.128s\": git remote add it, or "
		 "lokt mount -o shared=off",
		 shared_mode_word(settings->shared), sharing->repository.git_dir, name);
	return -EINVAL;
}

static int read_config(struct sharing *sharing, const struct settings *settings,
		       char why[SHARING_WHY_MAX])
{
	struct grite_config config;
	char reason[GRITEFILE_WHY_MAX];
	if (gritefile_read_around(settings->root, &config, reason) < 0) {
		snprintf(why, SHARING_WHY_MAX, "%s", reason);
		return -EINVAL;
	}
	strcpy(sharing->default_actor, config.default_actor);
	sharing->overlap_is_allowed = config.policy == LOCK_POLICY_OFF;
	actorid_machine(sharing->machine);
	return 0;
}

static void configure(struct sharing *sharing, const struct settings *settings)
{
	struct serve *serve = sharing->serve;
	sharing->mode = settings->shared;
	sharing->uid = geteuid();
	sharing->interval_ns = settings->interval_ms * NS_PER_MS;
	sharing->shares.skew_ns = settings->skew_ms * NS_PER_MS;
	sharing->shares.horizon_ms =
		settings->shared == SHARED_OFF ? HORIZON_OFF_MS : settings->ttl_ms;
	serve->is_mirrored = true;
	serve->is_strict = settings->shared == SHARED_STRICT;
	serve->strict_wait_ns = settings->strict_wait_ms * NS_PER_MS;
	snprintf(serve->news.state.repository, sizeof(serve->news.state.repository), "%s",
		 sharing->repository.git_dir);
}

/* Without a repository the mount works for this ROOT alone; what was asked for must not be less. */
static int do_without(const struct settings *settings, struct serve *serve, int error,
		      const char *reason, char why[SHARING_WHY_MAX])
{
	const char *said = reason[0] ? reason : "this directory is in no git repository";
	if (settings->shared != SHARED_OFF) {
		snprintf(why, SHARING_WHY_MAX, "shared=%s: %s", shared_mode_word(settings->shared),
			 said);
		return -EINVAL;
	}
	if (error == -ENOENT && !reason[0])
		return 0;
	log_warning("shared locks are not mirrored to git: %s", said);
	snprintf(serve->news.state.error, sizeof(serve->news.state.error), "%s", said);
	return 0;
}

int sharing_open(struct sharing **out, struct serve *serve, const struct settings *settings,
		 char why[SHARING_WHY_MAX])
{
	char reason[REPOSITORY_WHY_MAX] = "";
	struct sharing *sharing = calloc(1, sizeof(*sharing));
	*out = NULL;
	if (!sharing)
		return -ENOMEM;
	sharing->serve = serve;
	sharing->epoll_fd = -1;
	serve->news.state.mode = settings->shared;
	int error = repository_open(&sharing->repository, settings->root, reason);
	if (error) {
		free(sharing);
		return do_without(settings, serve, error, reason, why);
	}
	error = read_config(sharing, settings, why);
	if (!error)
		error = choose_remote(sharing, settings, why);
	if (error) {
		sharing_free(sharing);
		return error;
	}
	configure(sharing, settings);
	*out = sharing;
	return 0;
}

int sharing_begin(struct sharing *sharing)
{
	if (!sharing)
		return 0;
	sharing->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	sharing->refs = sharing->epoll_fd < 0 ? NULL : refs_new(&sharing->repository);
	if (!sharing->refs)
		return -errno;
	watch(sharing, refs_fd(sharing->refs));
	if (sharing->mode != SHARED_OFF)
		set_remote(sharing, sharing->serve->news.state.remote);
	sharing->is_scan_wanted = true;
	sharing->serve->touched.is_all = true;
	srandom((unsigned)getpid() ^ (unsigned)sharing->serve->now.wall_ns);
	return 0;
}

void sharing_free(struct sharing *sharing)
{
	if (!sharing)
		return;
	remote_free(sharing->remote);
	refs_free(sharing->refs);
	shares_release(&sharing->shares);
	repository_release(&sharing->repository);
	if (sharing->epoll_fd >= 0)
		close(sharing->epoll_fd);
	free(sharing);
}

int sharing_fd(const struct sharing *sharing)
{
	return sharing ? sharing->epoll_fd : -1;
}

/* Jobs. */

static void begin_job(struct sharing *sharing, struct sync_job *job)
{
	struct share *share, *tmp;
	if (job->remote[0])
		set_remote(sharing, job->remote);
	snprintf(job->report.remote, sizeof(job->report.remote), "%s", job->remote);
	HASH_ITER (hh, sharing->shares.by_hash, share, tmp) {
		share->was_erased = false;
		share->retry_at_ns = 0;
	}
	job->is_begun = true;
	sharing->shares.is_gc = job->is_gc;
	sharing->is_scan_wanted = true;
	sharing->remote_at_ns = sharing->local_at_ns = 0;
	shares_settle_all(&sharing->shares);
}

static bool is_job_done(const struct sharing *sharing, const struct sync_job *job)
{
	const struct shares *shares = &sharing->shares;
	bool is_told = !sharing->remote ||
		       (job->is_listed && !sharing->is_list_wanted &&
			!remote_is_busy(sharing->remote) && sharing_ripe(sharing) == 0);
	return job->is_scanned && is_told && !shares->todo[TODO_WRITE] &&
	       !refs_is_busy(sharing->refs);
}

static void advance_job(struct sharing *sharing)
{
	struct serve *serve = sharing->serve;
	struct sync_job *job = serve->jobs;
	if (!job)
		return;
	if (!job->is_begun)
		begin_job(sharing, job);
	else if (sharing_now_ns(sharing) >= job->deadline_ns || job->rounds > ROUNDS_MAX)
		syncjob_end(serve, VERDICT_UNREACHABLE);
	else if (is_job_done(sharing, job)) {
		job->report.kept = (unsigned)engine_count(serve->engine, false);
		syncjob_end(serve, VERDICT_OK);
		if (sharing->shares.is_gc)
			shares_settle_all(&sharing->shares);
		sharing->shares.is_gc = false;
	}
}

void sharing_collect(struct sharing *sharing)
{
	if (!sharing)
		return;
	sharing_collect_refs(sharing);
	sharing_collect_remote(sharing);
}

static void renew(struct sharing *sharing)
{
	if (sharing_now_ns(sharing) < sharing->renew_at_ns)
		return;
	sharing->renew_at_ns = sharing_now_ns(sharing) + sharing->shares.horizon_ms * NS_PER_MS / 8;
	shares_settle_all(&sharing->shares);
	if (!refs_is_watched(sharing->refs))
		sharing->is_scan_wanted = true;
}

/*
 * A step that could not be written is not done, and what asked for it (a ref that changed, a list)
 * will not ask again.
 */
static void settle(struct sharing *sharing)
{
	if (sharing->again_at_ns && sharing_now_ns(sharing) >= sharing->again_at_ns) {
		sharing->again_at_ns = 0;
		shares_settle_all(&sharing->shares);
	}
	sharing->has_stumbled = false;
	sharing_settle(sharing);
	if (sharing->has_stumbled)
		sharing->again_at_ns =
			sharing_now_ns(sharing) + sharing_back_off(sharing->stumbles++);
	else if (!sharing->again_at_ns)
		sharing->stumbles = 0;
}

void sharing_advance(struct sharing *sharing)
{
	if (!sharing)
		return;
	renew(sharing);
	settle(sharing);
	advance_job(sharing);
	sharing_advance_refs(sharing);
	sharing_advance_remote(sharing);
	sharing->serve->news.state.pending = sharing->shares.todo_len[TODO_ERRAND];
}

int64_t sharing_deadline(const struct sharing *sharing)
{
	if (!sharing)
		return LEASE_NEVER;
	int64_t at_ns = sharing_earlier(refs_deadline(sharing->refs), sharing->renew_at_ns);
	if (sharing->again_at_ns)
		at_ns = sharing_earlier(at_ns, sharing->again_at_ns);
	const struct sync_job *job = sharing_job(sharing);
	bool has_local = sharing->is_scan_wanted || sharing->shares.todo[TODO_WRITE];
	if (has_local && !refs_is_busy(sharing->refs))
		at_ns = sharing_earlier(at_ns, sharing->local_at_ns);
	if (sharing->remote && (sharing->mode != SHARED_OFF || job))
		at_ns = sharing_earlier(at_ns, sharing_remote_deadline(sharing));
	if (job)
		at_ns = sharing_earlier(at_ns, job->deadline_ns);
	return at_ns;
}

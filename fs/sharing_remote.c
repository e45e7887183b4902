/*
 * The remote's lane of sharing.h: lists it when there is a reason to, tells it in batches what it has
 * to know, and tries again after a while what failed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "confirm.h"
#include "host/log.h"
#include "sharing_state.h"

/* How long a git process may talk to a remote for whom nobody waits. */
#define REMOTE_LIMIT_NS (30 * NS_PER_SEC)

/* At least so long when somebody does: a push that is cut short helps nobody. */
#define REMOTE_LEAST_NS (2 * NS_PER_SEC)

/* Pushes of one ref that others were faster than, before it is given time. */
#define LOSSES_IN_A_ROW 3

/* Between looks at the remote while somebody waits for a foreign lease's end, at least. */
#define EAGER_NS (200 * NS_PER_MS)

static void remote_failed(struct sharing *sharing, const char *why)
{
	sharing_say(sharing, remote_name(sharing->remote), why);
	sharing->serve->is_remote_down = sharing->remote_fails > 0;
	sharing->is_list_wanted = true;
	sharing->remote_failed_ns = sharing_now_ns(sharing);
	sharing->remote_at_ns =
		sharing->remote_failed_ns + sharing_back_off(sharing->remote_fails++);
}

static void remote_answered(struct sharing *sharing)
{
	struct shared_state *state = &sharing->serve->news.state;
	if (sharing->remote_fails)
		log_info("%s: answers again", remote_name(sharing->remote));
	if (!sharing->has_refused)
		state->error[0] = '\0';
	sharing->serve->is_remote_down = false;
	sharing->remote_fails = 0;
	sharing->remote_at_ns = 0;
}

static void take_list(struct sharing *sharing, const struct remote_result *result)
{
	struct sync_job *job = sharing_job(sharing);
	if (shares_take_remote(&sharing->shares, result->seen, result->len) < 0) {
		remote_failed(sharing, strerror(ENOMEM));
		return;
	}
	remote_answered(sharing);
	sharing->list_took_ns = sharing_now_ns(sharing) - sharing->listed_ns;
	sharing->serve->news.state.last_sync_wall_ns = sharing->serve->now.wall_ns;
	sharing->look_at_ns = sharing_now_ns(sharing) + sharing_jitter(sharing->interval_ns);
	if (job)
		job->is_listed = true;
}

/* Strict: what was put for the first time counts once a list shows that nothing overlaps it. */
static bool wants_proof(const struct sharing *sharing, const struct share *share)
{
	const struct lease *lease =
		engine_find(sharing->serve->engine, false, share->resource.name);
	return sharing->mode == SHARED_STRICT && !sharing->overlap_is_allowed && lease &&
	       !lease->is_foreign && !lease->published_wall_ns;
}

static void take_done(struct sharing *sharing, struct share *share,
		      const struct remote_change *change)
{
	struct sync_job *job = sharing_job(sharing);
	bool is_delete = !change->wanted[0];
	share->remote = (struct lockref_seen){.is_sound = !is_delete, .lock = change->lock};
	strcpy(share->remote.hash, change->hash);
	strcpy(share->remote.version, change->wanted);
	share->is_remote_known = true;
	share->refusals = share->losses = 0;
	sharing->has_refused = false;
	share->is_put = !is_delete;
	sharing->is_list_wanted |= !is_delete && wants_proof(sharing, share);
	if (!job)
		return;
	if (!job->is_gc)
		job->report.pushed++;
	else if (is_delete && !share->was_erased)
		job->report.removed++;
}

/* What stands there is not known any more. */
static void lose_sight(struct sharing *sharing, struct share *share)
{
	struct sync_job *job = sharing_job(sharing);
	share->is_remote_known = false;
	sharing->is_list_wanted = true;
	if (!job)
		return;
	job->is_listed = false;
	job->rounds++;
}

static void take_fate(struct sharing *sharing, const struct remote_change *change)
{
	struct share *share = shares_find(&sharing->shares, change->hash);
	struct sync_job *job = sharing_job(sharing);
	if (!share)
		return;
	shares_put(&sharing->shares, TODO_SETTLE, share, true);
	switch (change->fate) {
	case REMOTE_DONE:
		take_done(sharing, share, change);
		break;
	case REMOTE_REFUSED:
		sharing_say(sharing, remote_name(sharing->remote), change->why);
		sharing->has_refused = true;
		share->is_remote_known = true;
		share->retry_at_ns = sharing_now_ns(sharing) + sharing_back_off(share->refusals++);
		if (job)
			job->report.refused++;
		break;
	case REMOTE_LOST:
		/* A race is lost once or twice; a server that cannot write says the same for ever. */
		if (++share->losses > LOSSES_IN_A_ROW)
			share->retry_at_ns = sharing_now_ns(sharing) +
					     sharing_back_off(share->losses - LOSSES_IN_A_ROW);
		lose_sight(sharing, share);
		break;
	case REMOTE_UNKNOWN:
		lose_sight(sharing, share);
		break;
	}
}

static void take_fates(struct sharing *sharing, const struct remote_result *result)
{
	const char *why = NULL;
	for (size_t i = 0; i < result->len; i++) {
		take_fate(sharing, &result->changes[i]);
		if (result->changes[i].fate == REMOTE_UNKNOWN)
			why = result->changes[i].why;
	}
	if (why)
		remote_failed(sharing, why);
	else
		remote_answered(sharing);
}

void sharing_collect_remote(struct sharing *sharing)
{
	struct remote_result result;
	while (sharing->remote) {
		switch (remote_collect(sharing->remote, sharing_now_ns(sharing), &result)) {
		case REMOTE_NOTHING:
			return;
		case REMOTE_LISTED:
			take_list(sharing, &result);
			break;
		case REMOTE_COMMITTED:
			take_fates(sharing, &result);
			break;
		case REMOTE_FAILED:
			remote_failed(sharing, result.why);
			if (sharing_job(sharing))
				syncjob_end(sharing->serve, VERDICT_UNREACHABLE);
			break;
		}
	}
}

/* Until when the remote is listened to. */
static int64_t patience_ns(const struct sharing *sharing)
{
	const struct sync_job *job = sharing_job(sharing);
	int64_t until_ns = sharing_now_ns(sharing) + REMOTE_LIMIT_NS;
	if (job)
		return job->deadline_ns;
	if (!sharing_is_awaited(sharing))
		return until_ns;
	int64_t least_ns = sharing_now_ns(sharing) + REMOTE_LEAST_NS;
	int64_t latest_ns = confirm_latest(sharing->serve);
	return latest_ns > least_ns ? latest_ns : least_ns;
}

/* A remote that is slow to answer is not asked all the time. */
static int64_t eager_at_ns(const struct sharing *sharing)
{
	int64_t wait_ns = 4 * sharing->list_took_ns;
	return sharing->listed_ns + (wait_ns > EAGER_NS ? wait_ns : EAGER_NS) + sharing->eager_ns;
}

static bool wants_list(const struct sharing *sharing)
{
	const struct sync_job *job = sharing_job(sharing);
	const struct serve *serve = sharing->serve;
	int64_t now = sharing_now_ns(sharing);
	if (!sharing->shares.is_remote_known || sharing->is_list_wanted)
		return true;
	if (job && !job->is_listed)
		return true;
	if (sharing->mode == SHARED_OFF)
		return false;
	bool is_eager = serve->is_refused_by_foreign || engine_has_shared_waiter(serve->engine);
	return now >= sharing->look_at_ns || (is_eager && now >= eager_at_ns(sharing));
}

static void begin_list(struct sharing *sharing)
{
	int error = remote_list(sharing->remote, patience_ns(sharing));
	sharing->listed_ns = sharing_now_ns(sharing);
	/* Two that lost to each other must not come back at the same time for ever. */
	sharing->eager_ns = sharing_jitter(EAGER_NS) / 2;
	sharing->is_list_wanted = false;
	sharing->serve->is_refused_by_foreign = false;
	if (error)
		remote_failed(sharing, strerror(-error));
}

static bool is_ripe(const struct sharing *sharing, const struct share *share)
{
	return share->retry_at_ns <= sharing_now_ns(sharing);
}

static void fill_errand(const struct sharing *sharing, const struct share *share,
			struct remote_change *change)
{
	struct facts facts;
	shares_facts(&sharing->shares, share, sharing->serve->engine, sharing->serve->now, &facts);
	*change = (struct remote_change){.fate = REMOTE_UNKNOWN};
	strcpy(change->hash, share->hash);
	strcpy(change->expected, share->remote.version);
	if (facts.lease != LEASE_OURS)
		return;
	strcpy(change->wanted, share->local.version);
	change->lock = share->local.lock;
}

size_t sharing_ripe(const struct sharing *sharing)
{
	size_t len = 0;
	for (const struct share *share = sharing->shares.todo[TODO_ERRAND];
	     share && len < SHARING_BATCH; share = share->todo[TODO_ERRAND].next)
		len += is_ripe(sharing, share);
	return len;
}

static void begin_commit(struct sharing *sharing, size_t len)
{
	struct remote_change *changes = calloc(len, sizeof(*changes));
	struct share *share = sharing->shares.todo[TODO_ERRAND];
	size_t at = 0;
	for (struct share *next; changes && share && at < len; share = next) {
		next = share->todo[TODO_ERRAND].next;
		if (!is_ripe(sharing, share))
			continue;
		shares_put(&sharing->shares, TODO_ERRAND, share, false);
		if (sharing_shorten(sharing, share))
			fill_errand(sharing, share, &changes[at++]);
		else
			shares_put(&sharing->shares, TODO_SETTLE, share, true);
	}
	if (changes && at == 0) {
		free(changes);
		return;
	}
	int error = changes ? remote_commit(sharing->remote, changes, at, patience_ns(sharing))
			    : -ENOMEM;
	for (size_t i = 0; !error && i < at; i++)
		shares_find(&sharing->shares, changes[i].hash)->is_remote_known = false;
	free(changes);
	if (!error)
		return;
	shares_settle_all(&sharing->shares);
	remote_failed(sharing, strerror(-error));
}

/* A remote that failed is left in peace for a while, but a claim is worth a try. */
static int64_t not_before_ns(const struct sharing *sharing)
{
	int64_t soon_ns = sharing->remote_failed_ns + SHARING_RETRY_NS;
	return sharing_is_awaited(sharing) ? sharing_earlier(soon_ns, sharing->remote_at_ns)
					   : sharing->remote_at_ns;
}

void sharing_advance_remote(struct sharing *sharing)
{
	bool is_wanted = sharing->mode != SHARED_OFF || sharing_job(sharing);
	if (!sharing->remote || !is_wanted || remote_is_busy(sharing->remote) ||
	    sharing_now_ns(sharing) < not_before_ns(sharing))
		return;
	size_t len = wants_list(sharing) ? 0 : sharing_ripe(sharing);
	if (wants_list(sharing))
		begin_list(sharing);
	else if (len)
		begin_commit(sharing, len);
}

int64_t sharing_remote_deadline(const struct sharing *sharing)
{
	int64_t at_ns = remote_deadline(sharing->remote);
	bool is_eager = engine_has_shared_waiter(sharing->serve->engine) ||
			sharing->serve->is_refused_by_foreign;
	if (remote_is_busy(sharing->remote))
		return at_ns;
	if (sharing->mode != SHARED_OFF)
		at_ns = sharing_earlier(at_ns, sharing->look_at_ns);
	if (sharing->mode != SHARED_OFF && is_eager)
		at_ns = sharing_earlier(at_ns, eager_at_ns(sharing));
	for (const struct share *share = sharing->shares.todo[TODO_ERRAND]; share;
	     share = share->todo[TODO_ERRAND].next)
		at_ns = sharing_earlier(at_ns, share->retry_at_ns);
	if (sharing->is_list_wanted)
		at_ns = 0;
	int64_t least_ns = not_before_ns(sharing);
	return at_ns > least_ns ? at_ns : least_ns;
}

/*
 * The repository's lane of sharing.h: reads the lock refs when somebody has changed them, writes in
 * batches what has to follow the leases.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sharing_state.h"

static void take_scan(struct sharing *sharing, const struct refs_result *result)
{
	struct sync_job *job = sharing_job(sharing);
	if (shares_take_local(&sharing->shares, result->seen, result->len) < 0)
		sharing_say(sharing, "reading the lock refs", strerror(ENOMEM));
	else if (job)
		job->is_scanned = true;
	if (!sharing->has_write_failed)
		sharing->local_fails = 0;
}

static void take_written(struct sharing *sharing, const struct refs_result *result)
{
	struct sync_job *job = sharing_job(sharing);
	for (size_t i = 0; i < result->len; i++) {
		const struct ref_change *change = &result->changes[i];
		struct share *share = shares_find(&sharing->shares, change->hash);
		if (!share)
			continue;
		share->local =
			(struct lockref_seen){.is_sound = !change->is_delete, .lock = change->lock};
		strcpy(share->local.hash, change->hash);
		strcpy(share->local.version, change->version);
		if (change->is_delete && job && job->is_gc) {
			job->report.removed++;
			share->was_erased = true;
		}
		shares_put(&sharing->shares, TODO_SETTLE, share, true);
	}
	/* Not busier than half of the time, unless somebody waits. */
	sharing->local_at_ns = 2 * sharing_now_ns(sharing) - sharing->local_began_ns;
	sharing->local_fails = 0;
	sharing->has_write_failed = false;
}

void sharing_collect_refs(struct sharing *sharing)
{
	struct refs_result result;
	for (;;) {
		switch (refs_collect(sharing->refs, sharing_now_ns(sharing), &result)) {
		case REFS_NOTHING:
			return;
		case REFS_CHANGED:
			sharing->is_scan_wanted = true;
			break;
		case REFS_SCANNED:
			take_scan(sharing, &result);
			break;
		case REFS_WRITTEN:
			take_written(sharing, &result);
			break;
		case REFS_FAILED:
			sharing_say(sharing, "the repository's lock refs", result.why);
			sharing->is_scan_wanted = true;
			sharing->has_write_failed = true;
			shares_settle_all(&sharing->shares);
			sharing->local_at_ns =
				sharing_now_ns(sharing) + sharing_back_off(sharing->local_fails++);
			break;
		}
	}
}

/* The commit that the new one follows: what stands in the ref, or on the remote. */
static const char *parent_of(const struct share *share)
{
	return share->local.version[0]	? share->local.version
	       : share->remote.is_sound ? share->remote.version
					: "";
}

static void fill_change(const struct sharing *sharing, const struct share *share,
			struct ref_change *change)
{
	const struct lease *lease =
		engine_find(sharing->serve->engine, false, share->resource.name);
	*change = (struct ref_change){.is_delete = !lease || lease->is_foreign};
	strcpy(change->hash, share->hash);
	strcpy(change->parent, change->is_delete ? share->local.version : parent_of(share));
	if (!change->is_delete)
		sharing_lock(sharing, share, lease, &change->lock);
}

static void begin_write(struct sharing *sharing)
{
	struct shares *shares = &sharing->shares;
	size_t len = shares->todo_len[TODO_WRITE] < SHARING_BATCH ? shares->todo_len[TODO_WRITE]
								  : SHARING_BATCH;
	struct ref_change *changes = calloc(len, sizeof(*changes));
	int error = changes ? 0 : -ENOMEM;
	for (size_t i = 0; !error && i < len; i++)
		fill_change(sharing, shares_take(shares, TODO_WRITE), &changes[i]);
	if (!error)
		error = refs_write(sharing->refs, changes, len, sharing->serve->now.wall_ns,
				   sharing_now_ns(sharing));
	sharing->local_began_ns = sharing_now_ns(sharing);
	free(changes);
	if (!error)
		return;
	sharing_say(sharing, "writing the lock refs", strerror(-error));
	shares_settle_all(shares);
	sharing->local_at_ns = sharing_now_ns(sharing) + sharing_back_off(sharing->local_fails++);
}

void sharing_advance_refs(struct sharing *sharing)
{
	bool is_time = sharing_now_ns(sharing) >= sharing->local_at_ns ||
		       (sharing_is_awaited(sharing) && !sharing->local_fails);
	if (!is_time || refs_is_busy(sharing->refs))
		return;
	if (sharing->is_scan_wanted) {
		int error = refs_scan(sharing->refs, sharing_now_ns(sharing));
		sharing->is_scan_wanted = error != 0;
		if (!error)
			return;
		sharing_say(sharing, "reading the lock refs", strerror(-error));
		sharing->local_at_ns =
			sharing_now_ns(sharing) + sharing_back_off(sharing->local_fails++);
	} else if (sharing->shares.todo[TODO_WRITE]) {
		begin_write(sharing);
	}
}

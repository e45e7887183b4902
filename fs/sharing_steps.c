/*
 * The steps that one resource takes so that its lease, its ref and the remote's ref agree: what
 * reconcile.h says, done through the door. See sharing.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "confirm.h"
#include "host/actorid.h"
#include "host/log.h"
#include "sharing_state.h"

/* More steps than a resource can need in a row: a mistake, or a journal that refuses. */
#define STEPS_MAX 8

static const struct lease *lease_of(const struct sharing *sharing, const struct share *share)
{
	if (!share->has_resource)
		return NULL;
	return engine_find(sharing->serve->engine, false, share->resource.name);
}

void sharing_lock(const struct sharing *sharing, const struct share *share,
		  const struct lease *lease, struct lockref *out)
{
	const struct party *party = lease->party;
	*out = (struct lockref){.resource = share->resource};
	strcpy(out->lock_id, lease->lock_id);
	out->expires_unix_ms =
		shares_wanted_expiry_ms(&sharing->shares, share, lease, sharing->serve->now);
	snprintf(out->owner, sizeof(out->owner), "%s", party->owner);
	snprintf(out->host, sizeof(out->host), "%s", party->host);
	if (party->actor && actor_parse(party->actor, out->actor))
		return;
	if (sharing->default_actor[0])
		strcpy(out->actor, sharing->default_actor);
	else
		actorid_derive(sharing->machine, party->uid, party->owner, party->host, out->actor);
}

static bool is_done(struct sharing *sharing, const struct outcome *out)
{
	if (out->error) {
		log_warning("following the lock refs: %s", strerror(out->error));
		sharing->has_stumbled = true;
	}
	return !out->error && out->verdict == VERDICT_OK;
}

/* Whose it is, as far as a ref says. Nobody here is a party to it: the chain is empty. */
static struct party *foreign_party(const struct sharing *sharing, const struct lockref *lock)
{
	char agent[16];
	snprintf(agent, sizeof(agent), "agent-%.4s", lock->actor);
	return party_new(sharing->uid, lock->owner, false, agent, false, lock->host, lock->actor,
			 NULL, 0);
}

/* The import, behind the end of what stands in its way (NULL: nothing does). */
static bool import(struct sharing *sharing, const struct lockref *lock, bool is_from_remote,
		   const struct request *ending)
{
	struct request request = {
		.op = OP_IMPORT,
		.resource = lock->resource,
		.party = foreign_party(sharing, lock),
		.new_lock_id = lock->lock_id,
		.expires_wall_ns = lock->expires_unix_ms * NS_PER_MS,
		.is_from_remote = is_from_remote,
	};
	if (!request.party) {
		sharing->has_stumbled = true;
		return false;
	}
	bool is_new = !engine_find(sharing->serve->engine, false, lock->resource.name) || ending;
	const struct request *list[] = {ending ? ending : &request, &request};
	struct outcome out = serve_requests(sharing->serve, list, ending ? 2 : 1);
	party_unref(request.party);
	struct sync_job *job = sharing_job(sharing);
	bool is_taken = is_done(sharing, &out);
	if (job && is_new && is_taken)
		job->report.imported++;
	return is_taken;
}

static struct request ending(const struct lease *lease, enum event_kind kind, const char *reason)
{
	return (struct request){
		.op = OP_LOSE, .token = lease->token, .ending = kind, .reason = reason};
}

static bool end(struct sharing *sharing, const struct lease *lease, enum event_kind kind,
		const char *reason)
{
	struct request request = ending(lease, kind, reason);
	struct outcome out = serve_request(sharing->serve, &request);
	return is_done(sharing, &out);
}

static void list_conflict(struct sharing *sharing, const struct lease *lease,
			  const struct lockref *theirs)
{
	struct shared_news *news = &sharing->serve->news;
	struct conflict *conflict = &news->conflicts[news->next_conflict];
	*conflict = (struct conflict){
		.resource = lease_resource(lease),
		.wall_ns = sharing->serve->now.wall_ns,
		.theirs = *theirs,
	};
	snprintf(conflict->owner, sizeof(conflict->owner), "%s", lease->party->owner);
	strcpy(conflict->lock_id, lease->lock_id);
	news->next_conflict = (news->next_conflict + 1) % CONFLICTS_KEPT;
	struct sync_job *job = sharing_job(sharing);
	if (job)
		job->report.conflicts++;
	log_warning("%s: held by %s on %s first; the lease of %s is revoked", lease->name,
		    theirs->owner, theirs->host, lease->party->owner);
}

/* Ours is lost. Nobody was told of a lease that the remote was still being asked about. */
static enum event_kind lose(struct sharing *sharing, const struct lease *lease,
			    const struct lockref *theirs)
{
	if (confirm_lose(sharing->serve, lease->token))
		return EVENT_RELEASE;
	list_conflict(sharing, lease, theirs);
	return EVENT_CONFLICT;
}

static bool yield(struct sharing *sharing, const struct lease *lease, const struct lockref *theirs,
		  bool is_from_remote)
{
	struct request request = ending(lease, lose(sharing, lease, theirs), "remote");
	return import(sharing, theirs, is_from_remote, &request);
}

static bool drop(struct sharing *sharing, const struct lease *lease)
{
	struct sync_job *job = sharing_job(sharing);
	if (job)
		job->report.dropped++;
	return end(sharing, lease, EVENT_RELEASE, "remote");
}

/* True when the facts have changed. */
static bool take(struct sharing *sharing, struct share *share, enum step step)
{
	const struct lease *lease = lease_of(sharing, share);
	switch (step) {
	case STEP_IMPORT_LOCAL:
		return import(sharing, &share->local.lock, false, NULL);
	case STEP_IMPORT_REMOTE:
		return import(sharing, &share->remote.lock, true, NULL);
	case STEP_DROP:
		return drop(sharing, lease);
	case STEP_YIELD_LOCAL:
		return yield(sharing, lease, &share->local.lock, false);
	case STEP_YIELD_REMOTE:
		return yield(sharing, lease, &share->remote.lock, true);
	case STEP_BREAK:
		return end(sharing, lease, EVENT_FORCE_BREAK, "ref deleted");
	case STEP_NONE:
	case STEP_WRITE:
	case STEP_ERASE:
		break;
	}
	return false;
}

/* The lock that a foreign lease was imported from. */
static const struct lockref *lock_of(struct sharing *sharing, const struct lease *lease)
{
	struct resource resource = lease_resource(lease);
	const struct share *share = shares_get_resource(&sharing->shares, &resource);
	if (!share)
		return NULL;
	bool is_there = share->remote.version[0] && share->remote.is_sound &&
			strcmp(share->remote.lock.lock_id, lease->lock_id) == 0;
	return is_there ? &share->remote.lock : &share->local.lock;
}

/*
 * Two that overlap have two refs, so that no single update decides. Who was told already that it
 * holds keeps it while the other is strict as well; else who is on the remote keeps it, and of two
 * that are, the smaller id: each machine comes to the same end by itself.
 */
static bool loses_to(const struct sharing *sharing, const struct lease *ours,
		     const struct lease *theirs)
{
	if (sharing->overlap_is_allowed)
		return false;
	if (!ours->published_wall_ns)
		return true;
	return sharing->mode != SHARED_STRICT && strcmp(theirs->lock_id, ours->lock_id) < 0;
}

static const struct lease *foreign_overlap(const struct sharing *sharing, const struct lease *ours)
{
	struct resource resource = lease_resource(ours);
	const struct lease *other = NULL;
	while ((other = engine_next_overlap(sharing->serve->engine, &resource, false, other)))
		if (other->is_foreign && loses_to(sharing, ours, other))
			return other;
	return NULL;
}

/* A foreign lease has come: ours that overlap it may have to go. */
static void check_overlaps(struct sharing *sharing, const struct resource *resource)
{
	struct engine *engine = sharing->serve->engine;
	for (;;) {
		const struct lease *theirs = engine_find(engine, false, resource->name);
		const struct lease *ours = NULL;
		if (!theirs || !theirs->is_foreign)
			return;
		while ((ours = engine_next_overlap(engine, resource, false, ours)))
			if (!ours->is_foreign && loses_to(sharing, ours, theirs))
				break;
		const struct lockref *lock = ours ? lock_of(sharing, theirs) : NULL;
		if (!lock || !end(sharing, ours, lose(sharing, ours, lock), "overlap"))
			return;
	}
}

static void name_junk(const char *where, const struct share *share, const struct lockref_seen *seen,
		      char told[LOCKREF_VERSION_MAX + 1])
{
	if (!seen->version[0] || seen->is_sound || strcmp(told, seen->version) == 0)
		return;
	strcpy(told, seen->version);
	log_warning("%s" LOCKREF_PREFIX "%s: %s; left alone", where, share->hash, seen->why);
}

static bool may_tell(const struct sharing *sharing, enum errand errand)
{
	const struct sync_job *job = sharing_job(sharing);
	if (errand == ERRAND_NONE || !sharing->remote)
		return false;
	if (job && job->is_gc && sharing->mode == SHARED_OFF)
		return errand == ERRAND_DELETE;
	return job || sharing->mode != SHARED_OFF;
}

static void settle_share(struct sharing *sharing, struct share *share)
{
	struct shares *shares = &sharing->shares;
	struct serve *serve = sharing->serve;
	struct facts facts;
	enum step step = STEP_NONE;
	name_junk("", share, &share->local, share->told[0]);
	name_junk("the remote's ", share, &share->remote, share->told[1]);
	for (int i = 0; i < STEPS_MAX; i++) {
		shares_facts(shares, share, serve->engine, serve->now, &facts);
		if (facts.local == REF_OURS)
			strcpy(share->mirrored_id, facts.lock_id);
		step = reconcile(&facts);
		if (!take(sharing, share, step))
			break;
		if (share->has_resource)
			check_overlaps(sharing, &share->resource);
	}
	bool is_same = strcmp(share->local.version, share->remote.version) == 0;
	shares_put(shares, TODO_WRITE, share, step == STEP_WRITE || step == STEP_ERASE);
	shares_put(shares, TODO_ERRAND, share,
		   may_tell(sharing, reconcile_errand(&facts, is_same)));
	shares_put(shares, TODO_CONFIRM, share, facts.remote == REF_OURS);
	shares_tidy(shares, serve->engine, share);
}

static struct outcome publish(struct sharing *sharing, const struct lease *lease,
			      const struct lockref *lock)
{
	struct request request = {
		.op = OP_PUBLISH,
		.token = lease->token,
		.expires_wall_ns = lock->expires_unix_ms * NS_PER_MS,
	};
	return serve_request(sharing->serve, &request);
}

bool sharing_shorten(struct sharing *sharing, const struct share *share)
{
	const struct lease *lease = lease_of(sharing, share);
	int64_t expires_ns = share->local.lock.expires_unix_ms * NS_PER_MS;
	if (!lease || lease->is_foreign || lease->published_wall_ns <= expires_ns)
		return true;
	uint64_t token = lease->token;
	struct outcome out = publish(sharing, lease, &share->local.lock);
	return is_done(sharing, &out) && engine_find_token(sharing->serve->engine, token);
}

void sharing_publish(struct sharing *sharing, struct share *share, const struct lease *lease)
{
	uint64_t token = lease->token;
	struct outcome out = publish(sharing, lease, &share->remote.lock);
	if (is_done(sharing, &out))
		confirm_won(sharing->serve, token, out.position);
}

/*
 * In a strict mount the first time wants a list that began after our push: two that overlap have
 * both been put then, and at least one of them sees the other.
 */
static void confirm_share(struct sharing *sharing, struct share *share)
{
	const struct lease *lease = lease_of(sharing, share);
	struct facts facts;
	shares_facts(&sharing->shares, share, sharing->serve->engine, sharing->serve->now, &facts);
	if (!lease || facts.remote != REF_OURS)
		return;
	bool is_first = sharing->mode == SHARED_STRICT && !lease->published_wall_ns;
	if (is_first && share->is_put && !sharing->overlap_is_allowed)
		return;
	const struct lease *theirs = is_first ? foreign_overlap(sharing, lease) : NULL;
	const struct lockref *lock = theirs ? lock_of(sharing, theirs) : NULL;
	if (lock)
		end(sharing, lease, lose(sharing, lease, lock), "overlap");
	else if (!theirs)
		sharing_publish(sharing, share, lease);
}

static void take_touched(struct sharing *sharing)
{
	struct serve *serve = sharing->serve;
	struct touched *touched = &serve->touched;
	for (size_t i = 0; i < touched->len; i++) {
		struct share *share = shares_get_resource(&sharing->shares, &touched->list[i]);
		if (share)
			shares_put(&sharing->shares, TODO_SETTLE, share, true);
	}
	if (touched->is_all) {
		const struct lease *lease = NULL;
		while ((lease = engine_next(serve->engine, false, lease))) {
			struct resource resource = lease_resource(lease);
			if (resource_is_shared(&resource))
				shares_get_resource(&sharing->shares, &resource);
		}
		shares_settle_all(&sharing->shares);
	}
	touched->len = 0;
	touched->is_all = false;
}

void sharing_settle(struct sharing *sharing)
{
	struct shares *shares = &sharing->shares;
	struct share *share;
	/* What is done here touches resources again; they come to rest, since each step does. */
	for (int i = 0; i < STEPS_MAX; i++) {
		take_touched(sharing);
		if (!shares->todo[TODO_SETTLE] && !shares->todo[TODO_CONFIRM])
			return;
		while ((share = shares_take(shares, TODO_SETTLE)))
			settle_share(sharing, share);
		while ((share = shares_take(shares, TODO_CONFIRM)))
			confirm_share(sharing, share);
	}
}

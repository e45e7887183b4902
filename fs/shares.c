/* See shares.h. */
#include "shares.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#define EXPIRES_MAX_MS INT64_C(9000000000000)

void shares_put(struct shares *shares, enum todo todo, struct share *share, bool is_in)
{
	struct share_link *link = &share->todo[todo];
	if (link->is_in == is_in)
		return;
	link->is_in = is_in;
	if (is_in) {
		DL_APPEND2(shares->todo[todo], share, todo[todo].prev, todo[todo].next);
		shares->todo_len[todo]++;
	} else {
		DL_DELETE2(shares->todo[todo], share, todo[todo].prev, todo[todo].next);
		shares->todo_len[todo]--;
	}
}

struct share *shares_take(struct shares *shares, enum todo todo)
{
	struct share *share = shares->todo[todo];
	if (share)
		shares_put(shares, todo, share, false);
	return share;
}

void shares_settle_all(struct shares *shares)
{
	struct share *share, *tmp;
	HASH_ITER (hh, shares->by_hash, share, tmp)
		shares_put(shares, TODO_SETTLE, share, true);
}

static void forget(struct shares *shares, struct share *share)
{
	for (enum todo todo = TODO_SETTLE; todo < TODO_COUNT; todo++)
		shares_put(shares, todo, share, false);
	HASH_DEL(shares->by_hash, share);
	free(share);
}

void shares_release(struct shares *shares)
{
	struct share *share, *tmp;
	HASH_ITER (hh, shares->by_hash, share, tmp)
		forget(shares, share);
}

struct share *shares_find(const struct shares *shares, const char *hash)
{
	struct share *share;
	HASH_FIND(hh, shares->by_hash, hash, LOCKREF_HASH_LEN, share);
	return share;
}

struct share *shares_get(struct shares *shares, const char *hash)
{
	struct share *share = shares_find(shares, hash);
	if (share)
		return share;
	share = calloc(1, sizeof(*share));
	if (!share)
		return NULL;
	memcpy(share->hash, hash, LOCKREF_HASH_LEN);
	share->is_remote_known = shares->is_remote_known;
	HASH_ADD(hh, shares->by_hash, hash, LOCKREF_HASH_LEN, share);
	if (share->hh.tbl)
		return share;
	free(share);
	return NULL;
}

static void name(struct share *share, const struct resource *resource)
{
	share->resource = *resource;
	share->has_resource = true;
}

struct share *shares_get_resource(struct shares *shares, const struct resource *resource)
{
	char hash[LOCKREF_HASH_LEN + 1];
	lockref_hash(resource, hash);
	struct share *share = shares_get(shares, hash);
	if (share && !share->has_resource)
		name(share, resource);
	return share;
}

void shares_tidy(struct shares *shares, const struct engine *engine, struct share *share)
{
	bool is_held =
		share->has_resource && engine_find(engine, false, share->resource.name) != NULL;
	if (!is_held && !share->local.version[0] && !share->remote.version[0] &&
	    share->is_remote_known == shares->is_remote_known)
		forget(shares, share);
}

static bool is_equal(const struct lockref_seen *a, const struct lockref_seen *b)
{
	return strcmp(a->version, b->version) == 0;
}

/* Expiries are nanoseconds in 64 bits here: the year 2255 is as far as they go. */
static void believe(struct lockref_seen *seen)
{
	if (seen->lock.expires_unix_ms > EXPIRES_MAX_MS)
		seen->lock.expires_unix_ms = EXPIRES_MAX_MS;
}

/* What a ref shows now; NULL: it is gone. */
static void see_local(struct shares *shares, struct share *share, const struct lockref_seen *seen)
{
	static const struct lockref_seen none;
	if (is_equal(&share->local, seen ? seen : &none))
		return;
	share->local = seen ? *seen : none;
	believe(&share->local);
	if (seen && seen->is_sound)
		name(share, &seen->lock.resource);
	shares_put(shares, TODO_SETTLE, share, true);
}

/* A foreign lock that the remote showed and shows no longer was released there. */
static void note_gone(struct share *share, const struct lockref_seen *seen)
{
	const struct lockref_seen *was = &share->remote;
	if (!was->version[0] || !was->is_sound)
		return;
	if (seen && seen->is_sound && strcmp(seen->lock.lock_id, was->lock.lock_id) == 0)
		return;
	strcpy(share->gone_id, was->lock.lock_id);
}

static void see_remote(struct shares *shares, struct share *share, const struct lockref_seen *seen)
{
	static const struct lockref_seen none;
	bool is_news = !share->is_remote_known || share->is_put;
	share->is_remote_known = true;
	share->is_put = false;
	if (is_equal(&share->remote, seen ? seen : &none)) {
		if (is_news)
			shares_put(shares, TODO_SETTLE, share, true);
		return;
	}
	note_gone(share, seen);
	share->remote = seen ? *seen : none;
	believe(&share->remote);
	if (seen && seen->is_sound)
		name(share, &seen->lock.resource);
	shares_put(shares, TODO_SETTLE, share, true);
}

typedef void see_fn(struct shares *shares, struct share *share, const struct lockref_seen *seen);

static int by_hash_order(const struct share *a, const struct share *b)
{
	return strcmp(a->hash, b->hash);
}

/* `seen` is sorted, so that one walk over both tells what is gone. */
static int take_all(struct shares *shares, const struct lockref_seen *seen, size_t len, see_fn *see)
{
	struct share *share, *tmp;
	for (size_t i = 0; i < len; i++) {
		share = shares_get(shares, seen[i].hash);
		if (!share)
			return -ENOMEM;
	}
	size_t at = 0;
	HASH_SRT(hh, shares->by_hash, by_hash_order);
	HASH_ITER (hh, shares->by_hash, share, tmp) {
		while (at < len && strcmp(seen[at].hash, share->hash) < 0)
			at++;
		bool is_there = at < len && strcmp(seen[at].hash, share->hash) == 0;
		see(shares, share, is_there ? &seen[at] : NULL);
	}
	return 0;
}

int shares_take_local(struct shares *shares, const struct lockref_seen *seen, size_t len)
{
	int error = take_all(shares, seen, len, see_local);
	if (!error && !shares->is_local_known)
		shares_settle_all(shares);
	shares->is_local_known |= !error;
	return error;
}

int shares_take_remote(struct shares *shares, const struct lockref_seen *seen, size_t len)
{
	int error = take_all(shares, seen, len, see_remote);
	if (!error && !shares->is_remote_known)
		shares_settle_all(shares);
	shares->is_remote_known |= !error;
	return error;
}

void shares_forget_remote(struct shares *shares)
{
	struct share *share, *tmp;
	shares->is_remote_known = false;
	HASH_ITER (hh, shares->by_hash, share, tmp) {
		share->remote = (struct lockref_seen){0};
		share->is_remote_known = false;
		share->gone_id[0] = '\0';
		share->refusals = 0;
		share->retry_at_ns = 0;
		share->is_put = false;
	}
}

static bool has_expired(const struct shares *shares, const struct lockref *lock, struct now now)
{
	int64_t now_ms = (now.wall_ns - shares->skew_ns) / NS_PER_MS;
	return lock->expires_unix_ms <= now_ms;
}

static enum ref_sight sight(const struct shares *shares, const struct share *share,
			    const struct engine *engine, const struct lockref_seen *seen,
			    const struct lease *lease, struct now now)
{
	const char *id = seen->lock.lock_id;
	if (!seen->version[0])
		return REF_ABSENT;
	if (!seen->is_sound)
		return REF_JUNK;
	if (lease && !lease->is_foreign && strcmp(lease->lock_id, id) == 0)
		return REF_OURS;
	if (engine_find_tomb(engine, id))
		return REF_DEAD;
	if (has_expired(shares, &seen->lock, now))
		return shares->is_gc && !lease ? REF_DEAD : REF_EXPIRED;
	bool is_gone = seen == &share->local && strcmp(share->gone_id, id) == 0;
	return is_gone ? REF_DEAD : REF_LIVE;
}

int64_t shares_wanted_expiry_ms(const struct shares *shares, const struct share *share,
				const struct lease *lease, struct now now)
{
	int64_t now_ms = now.wall_ns / NS_PER_MS;
	const struct lockref *lock = &share->local.lock;
	if (lease->expires_wall_ns)
		return lease->expires_wall_ns / NS_PER_MS;
	bool is_ours = share->local.version[0] && share->local.is_sound &&
		       strcmp(lock->lock_id, lease->lock_id) == 0;
	int64_t left_ms = is_ours ? lock->expires_unix_ms - now_ms : 0;
	if (left_ms > shares->horizon_ms / 2 && left_ms <= shares->horizon_ms)
		return lock->expires_unix_ms;
	return now_ms + shares->horizon_ms;
}

static void lease_facts(const struct shares *shares, const struct share *share,
			const struct lease *lease, struct now now, struct facts *out)
{
	if (!lease)
		return;
	out->lease = lease->is_foreign ? LEASE_FOREIGN : LEASE_OURS;
	out->lock_id = lease->lock_id;
	out->expires_unix_ms = lease->expires_wall_ns / NS_PER_MS;
	if (lease->is_foreign)
		return;
	out->is_published = shares->is_remote_known && lease->published_wall_ns > now.wall_ns;
	out->is_mirrored = strcmp(share->mirrored_id, lease->lock_id) == 0;
	out->is_mirror_old = share->local.lock.expires_unix_ms !=
			     shares_wanted_expiry_ms(shares, share, lease, now);
}

void shares_facts(const struct shares *shares, const struct share *share,
		  const struct engine *engine, struct now now, struct facts *out)
{
	const struct lease *lease =
		share->has_resource ? engine_find(engine, false, share->resource.name) : NULL;
	*out = (struct facts){
		.local_lock = &share->local.lock,
		.remote_lock = &share->remote.lock,
		.local = REF_UNKNOWN,
		.remote = REF_ABSENT,
		.lock_id = "",
	};
	lease_facts(shares, share, lease, now, out);
	if (shares->is_local_known)
		out->local = sight(shares, share, engine, &share->local, lease, now);
	/* A foreign lease that a remote showed once is not gone because nobody has looked there. */
	bool is_from_there = lease && lease->is_foreign && lease->published_wall_ns;
	if (!shares->has_remote && !is_from_there)
		return;
	out->remote = REF_UNKNOWN;
	if (shares->is_remote_known && share->is_remote_known)
		out->remote = sight(shares, share, engine, &share->remote, lease, now);
}

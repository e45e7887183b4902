/* What sharing.c (life and lanes) and sharing_steps.c (the steps of one resource) share. */
#ifndef SHARING_STATE_H
#define SHARING_STATE_H

#include "host/actorid.h"
#include "host/refs.h"
#include "host/remote.h"
#include "shares.h"
#include "sharing.h"
#include "syncjob.h"

struct sharing {
	struct serve *serve;
	struct repository repository;
	struct refs *refs;
	struct remote *remote; /* NULL: none */
	struct shares shares;
	enum shared_mode mode;
	bool overlap_is_allowed;
	char default_actor[ACTOR_LEN + 1];
	char machine[MACHINE_ID_MAX];
	uid_t uid;
	int epoll_fd;
	int64_t interval_ns;
	int64_t renew_at_ns; /* leases without an expiry are looked at again */
	bool has_stumbled; /* the journal or memory refused a step, and nothing else may ask for it */
	unsigned stumbles;   /* in a row */
	int64_t again_at_ns; /* all are looked at again; 0: no need */
	/* the repository's lane */
	bool is_scan_wanted;
	int64_t local_at_ns; /* not before */
	int64_t local_began_ns;
	unsigned local_fails;
	bool has_write_failed; /* so that a good scan between two tries is no success */
	/* the remote's lane */
	bool is_list_wanted;
	int64_t remote_at_ns;	  /* not before: it failed */
	int64_t remote_failed_ns; /* when it did; who waits for it does not wait for the above */
	bool has_refused;	  /* something that it would not take is still to be told */
	int64_t look_at_ns;	  /* next look without a reason */
	int64_t listed_ns;	  /* the last one began */
	int64_t list_took_ns;
	int64_t eager_ns; /* a random part of the time to the next look */
	unsigned remote_fails;
};

/* Changes in one git process. */
#define SHARING_BATCH 500

/* The first wait after a failure; each further one is twice as long, up to half a minute. */
#define SHARING_RETRY_NS (200 * NS_PER_MS)

static inline int64_t sharing_now_ns(const struct sharing *sharing)
{
	return sharing->serve->now.mono_ns;
}

static inline int64_t sharing_earlier(int64_t a_ns, int64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

/* Somebody waits for the remote's word about a claim. */
static inline bool sharing_is_awaited(const struct sharing *sharing)
{
	return sharing->serve->pendings != NULL;
}

/* The span, ± a quarter; and how long to wait after that many failures before. */
int64_t sharing_jitter(int64_t span_ns);
int64_t sharing_back_off(unsigned fails);

/* For the log and for status: what ails the refs or the remote. */
void sharing_say(struct sharing *sharing, const char *what, const char *why);

/* The lanes, each a collect and an advance. */
void sharing_collect_refs(struct sharing *sharing);
void sharing_advance_refs(struct sharing *sharing);
void sharing_collect_remote(struct sharing *sharing);
void sharing_advance_remote(struct sharing *sharing);
int64_t sharing_remote_deadline(const struct sharing *sharing);

/* How many the remote could be told of now, at most a batch. */
size_t sharing_ripe(const struct sharing *sharing);

/* The job under way, or NULL. */
static inline struct sync_job *sharing_job(const struct sharing *sharing)
{
	struct sync_job *job = sharing->serve->jobs;
	return job && job->is_begun ? job : NULL;
}

/* Brings what is on TODO_SETTLE and TODO_CONFIRM into step, as far as it goes without git. */
void sharing_settle(struct sharing *sharing);

/* What our lease should look like in its ref. */
void sharing_lock(const struct sharing *sharing, const struct share *share,
		  const struct lease *lease, struct lockref *out);

/*
 * Before a push: an earlier expiry holds for us from now on, since the push may arrive and its
 * answer not. False: the lease has ended by it, and there is nothing to push.
 */
bool sharing_shorten(struct sharing *sharing, const struct share *share);

/* The remote has taken (or shows) our lease. */
void sharing_publish(struct sharing *sharing, struct share *share, const struct lease *lease);

#endif

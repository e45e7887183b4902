/*
 * One shared resource in three places, the mount, the repository's ref and the remote's ref: what
 * has to change so that they agree. Pure: facts in, one step out; asked again after each step until
 * it says that nothing is left. The remote decides, then the ref, then the mount.
 */
#ifndef RECONCILE_H
#define RECONCILE_H

#include <stdbool.h>
#include <stdint.h>

#include "lokt/lockref.h"

/* What a ref shows, seen from here. */
enum ref_sight {
	REF_UNKNOWN, /* not looked at yet */
	REF_ABSENT,
	REF_JUNK,   /* is there and says nothing that can be understood */
	REF_OURS,   /* the lease that is held here now */
	REF_DEAD,   /* a lease of this ROOT that has ended, or one that was broken by force here */
	REF_LIVE,   /* another machine's, or somebody's hand-written one, that counts */
	REF_EXPIRED /* such a one whose time, and the clocks' skew, have passed */
};

enum lease_sight { LEASE_NONE, LEASE_OURS, LEASE_FOREIGN };

struct facts {
	enum lease_sight lease;
	const char *lock_id;	 /* the lease's */
	int64_t expires_unix_ms; /* foreign: as imported */
	bool is_published;	 /* ours: the remote is known to have it, unexpired */
	bool is_mirrored;	 /* ours: the ref was seen with it */
	bool is_mirror_old;	 /* ours: the ref shows another expiry than it should */
	enum ref_sight local;
	enum ref_sight remote;		   /* ABSENT where there is no remote */
	const struct lockref *local_lock;  /* LIVE */
	const struct lockref *remote_lock; /* LIVE */
};

enum step {
	STEP_NONE,
	STEP_IMPORT_LOCAL,  /* make, or renew, the foreign lease that the ref shows */
	STEP_IMPORT_REMOTE, /* … that the remote shows */
	STEP_DROP,	    /* the foreign lease is no more */
	STEP_YIELD_LOCAL,   /* ours is lost to the one that the ref shows */
	STEP_YIELD_REMOTE,  /* … that the remote shows */
	STEP_BREAK,	    /* somebody deleted our ref: ours ends */
	STEP_WRITE,	    /* our lease into the ref */
	STEP_ERASE	    /* the ref shows what has ended: delete it */
};

enum step reconcile(const struct facts *facts);

/* What the remote has to be told. */
enum errand {
	ERRAND_NONE,
	ERRAND_PUT,   /* what the ref shows of our lease */
	ERRAND_DELETE /* a lease of ours that has ended */
};

/* is_same: the remote's version is the ref's. */
enum errand reconcile_errand(const struct facts *facts, bool is_same);

#endif

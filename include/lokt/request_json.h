/*
 * The request file's language: one JSON object in, one out (docs/formats.md). The
 * CLI writes questions and reads answers, the daemon the other way round.
 */
#ifndef LOKT_REQUEST_JSON_H
#define LOKT_REQUEST_JSON_H

#include "lokt/lease_json.h"
#include "lokt/option_text.h"

enum ask_op {
	ASK_ACQUIRE,
	ASK_RELEASE,
	ASK_RENEW,
	ASK_FREEZE,
	ASK_UNFREEZE,
	ASK_SYNC,
	ASK_GC,
	ASK_QUERY, /* who is in the way of a claim; changes nothing */
	ASK_COUNT
};

/* Where a release applies when it names no single resource. */
enum ask_scope { ASK_ONE, ASK_ALL_MINE, ASK_ALL_OF_OWNER };

/*
 * {"op":WORD,"resource":R,"ttl_ms":N|null,"note":T,"pid":N|"self","agent_id":A,"wait_ms":N,
 *  "lock_id":ID,"force":B,"break_stale":B,"all":B,"owner":O,"actor":A,"remote":NAME}. A ttl_ms that
 * is absent is the default TTL (renew: the lease's own); null is no TTL. remote: a name as
 * remote_name_is_valid() wants it, for sync and gc only.
 */
struct ask {
	enum ask_op op;
	enum ask_scope scope;
	char resource[RESOURCE_NAME_MAX * 3 + 1]; /* as written; "" with a scope */
	struct options options;
	int64_t wait_ms;	       /* 0: do not wait (renew: for the remote) */
	char lock_id[LOCK_ID_LEN + 1]; /* "": any */
	char owner[OWNER_MAX + 1];
	char actor[OWNER_MAX + 1];  /* acquire: instead of GRITE_ACTOR; "": none */
	char remote[OWNER_MAX + 1]; /* sync, gc: "": the mount's */
	bool force;
	bool break_stale;
};

/* The question as JSON, no newline. */
void ask_write(struct text *out, const struct ask *ask);

/* 0, or -EINVAL or -ENOMEM with a sentence about what is wrong in *why (static). */
int ask_parse(const char *text, size_t len, struct ask *out, const char **why);

/* What a sync or a gc did, by numbers of locks. */
struct sync_report {
	char remote[OWNER_MAX + 1]; /* "": the repository alone */
	unsigned imported;	    /* others' locks that appeared here */
	unsigned dropped;	    /* others' locks that were released there */
	unsigned pushed;	    /* ours that the remote took: made, renewed or released */
	unsigned refused;	    /* ours that it did not take */
	unsigned conflicts;	    /* ours that another machine held first: revoked */
	unsigned removed;	    /* gc: expired refs deleted, here and there */
	unsigned kept;		    /* locks that stand */
};

/* Its keys into an object that is open: "remote" (absent where ""), "imported", … "kept". */
void sync_report_write_keys(struct text *out, const struct sync_report *report);

/* What the daemon answers; everything borrowed. */
struct answer {
	enum verdict verdict;		 /* ignored when error is not 0 */
	int error;			 /* positive errno of a failure of the world; 0 none */
	const struct resource *resource; /* for the message; NULL with a scope */
	const struct lease *lease;	 /* OK: the lease; else the one in the way; or NULL */
	const char *pid_status;		 /* of that lease: "alive", "dead", "unknown" */
	int64_t wall_ns;		 /* the wall clock's now, for that lease's age */
	bool is_own;
	const char *released;		/* JSON array text, or NULL */
	const struct sync_report *sync; /* of a sync or gc that is done, or NULL */
	const char *why;		/* more about a failure, for the message; or NULL */
};

/*
 * The answer, {"ok":true,"lease":{…}} or {"ok":false,"verdict":WORD,"errno":N,
 * "message":…,"holder":{…},"own":B}; "released":[NAME,…] for a release with a scope;
 * "sync":{"remote":NAME,"imported":N,…} for sync and gc.
 */
struct answer_view {
	bool ok;
	enum verdict verdict; /* VERDICT_COUNT: the world failed, see error */
	int error;	      /* positive errno */
	char message[512];
	bool has_lease;	   /* lease: the one acquired, renewed, released */
	bool has_holder;   /* lease: the one in the way */
	bool is_own;	   /* the holder is the caller's own party */
	bool holder_alive; /* "pid_status" of the holder was "alive" */
	struct lease_view lease;
	char *lease_raw; /* its JSON text; owned */
	char **released; /* owned, released_len entries */
	size_t released_len;
	bool has_sync;
	struct sync_report sync;
};

void answer_write(struct text *out, const struct answer *answer);

/* 0, -EINVAL or -ENOMEM. */
int answer_parse(const char *text, size_t len, struct answer_view *out);
void answer_view_release(struct answer_view *view);

#endif

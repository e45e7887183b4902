/*
 * A lease as JSON and back: the only place that spells lease keys (design: "A
 * lease's JSON"). The daemon writes it, the CLI reads it.
 */
#ifndef LOKT_LEASE_JSON_H
#define LOKT_LEASE_JSON_H

#include "lokt/lease.h"
#include "lokt/text.h"

/* The object without a newline, keys in their stable order. */
void lease_json_write(struct text *out, const struct lease *lease);

/*
 * The same, then the keys that status adds: "freeze":true for freezes, "age_sec",
 * "expired", "pid_status". wall_ns is the wall clock's now; pid_status is one of
 * "alive", "dead", "unknown".
 */
void lease_json_write_status(struct text *out, const struct lease *lease, int64_t wall_ns,
			     const char *pid_status);

/* What a reader of the JSON gets: plain values, nothing borrowed. */
struct lease_view {
	char name[RESOURCE_NAME_MAX + 1]; /* as people write it */
	char lock_id[LOCK_ID_LEN + 1];
	char owner[OWNER_MAX + 1];
	char host[OWNER_MAX + 1];
	char agent_id[OWNER_MAX + 1];
	char note[NOTE_MAX + 1];
	char actor[OWNER_MAX + 1]; /* "": none was given */
	char acquired_ts[RFC3339_TEXT_MAX];
	char expires_at[RFC3339_TEXT_MAX]; /* "" without TTL */
	char pid_status[8];		   /* "" where the document had none */
	int64_t acquired_wall_ns;
	int64_t ttl_ms;		 /* 0: none */
	int64_t expires_unix_ms; /* 0: none */
	uint64_t fencing_token;
	uid_t uid;
	pid_t pid;
	bool is_bound;
	bool is_foreign; /* another machine's, imported */
	bool is_freeze;
};

/* Bounded, checked reading of one lease object's text. 0, -EINVAL or -ENOMEM. */
int lease_json_read(const char *text, size_t len, struct lease_view *out);

/*
 * status.json, {"version":1,…,"leases":[…],"freezes":[…]}: calls visit for every
 * lease, then for every freeze; raw is that object's own text. A non-zero return
 * of visit stops and is returned; -EINVAL for a document that is not one.
 */
int lease_json_each(const char *text, size_t len,
		    int (*visit)(const struct lease_view *view, const char *raw, void *context),
		    void *context);

#endif

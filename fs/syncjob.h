/*
 * Syncs and gcs that somebody asked for: a queue, one worked on at a time by sharing.h, each
 * answered once through the outbox.
 */
#ifndef SYNCJOB_H
#define SYNCJOB_H

#include "serve.h"

struct sync_job {
	uint64_t asker;
	char remote[OWNER_MAX + 1]; /* "": the mount's */
	bool is_gc;
	int64_t deadline_ns;
	/* how far it is */
	bool is_begun;
	bool is_scanned; /* the refs were read since it began */
	bool is_listed; /* the remote was listed since, and nothing was lost to another since then */
	unsigned rounds; /* lists that were lost races */
	struct sync_report report;
	struct sync_job *prev, *next;
};

/* Appends one. 0 or -ENOMEM. */
int syncjob_add(struct serve *serve, uint64_t asker, const char *remote, bool is_gc,
		int64_t deadline_ns);

/* Answers the first and takes it off the queue. */
void syncjob_end(struct serve *serve, enum verdict verdict);

void syncjob_release(struct serve *serve);

#endif

/*
 * What the kernel may remember of the directory, so that a look at a lock does not come to us, and
 * how it is made to forget in time. Nothing it remembers may outlive the truth:
 *
 *   the clock     an entry's time-out ends before its lease's deadline; but the kernel counts from
 *                 when our answer came and its caller runs again, so that the end is told all the
 *                 same
 *   CREATE, UNLINK  of an entry: the kernel itself changes what it remembers of that name; but some
 *                 time after our answer, so that who hears of the change elsewhere before that is
 *                 only told once all is forgotten (cached_prove(), cached_doubt())
 *   anything else (a grant, an early end, an import, force, `request`): all names are forgotten at
 *                 once, by one notification that is sent before the next answer of any kind
 *
 * That notification raises the connection's epoch (FUSE_NOTIFY_INC_EPOCH, Linux 6.16). It takes no
 * lock, so the loop sends it itself. Those that forget one name (INVAL_ENTRY, DELETE) wait for the
 * directory's lock, which a CREATE in flight holds until we answer it: whoever sends them cannot
 * even be killed meanwhile, and a worker that cannot die cannot be replaced. Where the kernel has no
 * epoch, nothing is remembered and every look comes to us.
 *
 * A READDIRPLUS would have the kernel take the epoch of the answer's arrival, not of the question
 * (Linux 6.18): it is not offered.
 */
#ifndef CACHED_H
#define CACHED_H

#include <stdbool.h>
#include <stdint.h>

#include "serve.h"

#define CACHED_TOLD_WORDS 64

struct cached {
	bool is_on;
	int fd;		   /* /dev/fuse; borrowed */
	bool is_all_due;   /* attributes of whatever is open, too */
	bool is_due;	   /* the kernel must forget before anything is answered */
	const char *entry; /* the name whose entry the request of this turn changes; or NULL */
	enum event_class entry_class; /* EVENT_RECORDS: it makes it; EVENT_ENDS: it removes it */
	bool is_entry_changed;	      /* and it has */
	bool is_unproven;	      /* see cached_is_unproven() */
	uint64_t unproven_token;
	uint64_t forgotten;		  /* times, for the metrics */
	uint64_t told[CACHED_TOLD_WORDS]; /* names told of since, by hash: a bit is "perhaps" */
};

/*
 * Begins, or goes on where a worker has died: the kernel forgets what it was told. False, and is_on
 * with it: this kernel cannot be made to forget.
 */
bool cached_begin(struct cached *cached, int fd);

/* How long the kernel may remember the lease's entry and attributes from now, in ns; 0: not at all. */
int64_t cached_span(struct serve *serve, const struct lease *lease);

/* The same for a name that nobody holds, and for what never changes. */
int64_t cached_span_free(struct serve *serve, const char *name);
int64_t cached_span_fixed(const struct serve *serve);

/*
 * Between the two, a claim of that name (EVENT_RECORDS) or its end (EVENT_ENDS) is what the kernel
 * asked for itself, if it is told of success. Not a grant: its holder is told before the kernel has
 * carried out the end.
 */
void cached_enter(struct serve *serve, const char *name, enum event_class class);
void cached_leave(struct serve *serve, bool is_success);

/*
 * Such a change was answered, and nothing has shown yet that the kernel has carried it out. Then
 * *token is the lease that it made, or 0.
 */
bool cached_is_unproven(const struct serve *serve, uint64_t *token);

/* It has. */
void cached_prove(struct serve *serve);

/* What is asked now may tell of the change. */
void cached_doubt(struct serve *serve);

/* Before the event is written or made true: sees to it that the kernel forgets what it contradicts. */
void cached_change(struct serve *serve, const struct event *event);

/* stat of what is open on that inode is asked anew. */
void cached_forget_node(const struct serve *serve, uint64_t ino);

/*
 * Any lease's times may have changed: the caller has cached_forget_node() called for each inode that
 * is open. Said once.
 */
bool cached_take_all_due(struct serve *serve);

/* Before an answer, and at the end of a turn. */
void cached_flush(struct serve *serve);

#endif

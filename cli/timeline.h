/*
 * Who held, and waited for, what from when to when, out of the events of the audit trail. Pure: events are given
 * to it, and what is drawn of it is timeline_svg.c's.
 */
#ifndef CLI_TIMELINE_H
#define CLI_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lokt/event.h"
#include "lokt/text.h"

/* Strings, each once, numbered in the order in which they came. */
struct timeline_names {
	char **list;
	size_t len;
	size_t cap;
	void *tree;
};

/* A lease or a freeze, cut to the window. */
struct timeline_span {
	size_t lane;  /* index of its name */
	size_t party; /* index of "owner@host" */
	uint64_t token;
	int64_t from_ns;
	int64_t to_ns;
	enum event_kind end; /* EVENT_COUNT: it goes on */
	bool is_freeze;
	bool is_bound;
	bool was_queued; /* it had to wait for its turn */
};

/* What came before a lease that was granted from the queue, cut to the window. */
struct timeline_wait {
	size_t lane;
	size_t party;
	int64_t from_ns;
	int64_t to_ns;
	int64_t waited_ms; /* all of it */
};

/* Refusals at one moment. */
struct timeline_mark {
	size_t lane;
	size_t party;
	int64_t at_ns;
	unsigned count;
};

/* What is open on a name: at most one lease and one freeze at a time; token 0: none. */
struct timeline_open {
	struct timeline_span lease;
	struct timeline_span freeze;
};

struct timeline {
	int64_t from_ns; /* the window; from_ns moves to the first event when that is later */
	int64_t to_ns;
	bool is_begun; /* an event was seen */
	bool failed;   /* out of memory */
	char boot_id[40];
	struct timeline_names lanes;
	struct timeline_names parties;
	struct timeline_open *open; /* by lane */
	size_t open_cap;
	struct timeline_span *spans;
	size_t spans_len;
	size_t spans_cap;
	struct timeline_wait *waits;
	size_t waits_len;
	size_t waits_cap;
	struct timeline_mark *marks;
	size_t marks_len;
	size_t marks_cap;
};

/* Events in the order of the trail, those before the window included. */
void timeline_add(struct timeline *timeline, const struct event *event);

/*
 * What is still open goes on to the end of the window; spans and waits are then sorted by their
 * beginning.
 */
void timeline_finish(struct timeline *timeline);

void timeline_release(struct timeline *timeline);

/* Appends the picture. */
void timeline_draw(const struct timeline *timeline, struct text *svg);

#endif

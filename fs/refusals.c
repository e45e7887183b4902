/*
 * See refusals.h. A bounded list of open windows, oldest first; the same refusal means
 * the same kind, name, owner and agent.
 */
#include "refusals.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "host/journal.h"

#define WINDOW_NS (10 * NS_PER_SEC)
#define WINDOWS_MAX 64

struct window {
	struct event last; /* the latest repetition; its count is what is not yet written */
	int64_t closes_ns;
	struct window *prev, *next;
};

struct refusals {
	struct window *windows;
	unsigned len;
};

struct refusals *refusals_new(void)
{
	return calloc(1, sizeof(struct refusals));
}

static void drop(struct refusals *refusals, struct window *window)
{
	DL_DELETE(refusals->windows, window);
	refusals->len--;
	event_clear(&window->last);
	free(window);
}

void refusals_free(struct refusals *refusals)
{
	while (refusals && refusals->windows)
		drop(refusals, refusals->windows);
	free(refusals);
}

static bool is_same(const struct event *a, const struct event *b)
{
	return a->kind == b->kind && a->lease->is_freeze == b->lease->is_freeze &&
	       a->lease->party->uid == b->lease->party->uid &&
	       strcmp(a->lease->resource.name, b->lease->resource.name) == 0 &&
	       strcmp(a->lease->party->owner, b->lease->party->owner) == 0 &&
	       (!a->lease->party->agent_is_explicit ||
		strcmp(a->lease->party->agent_id, b->lease->party->agent_id) == 0);
}

/* A refusal that cannot be written is lost, and that is no error. */
static void close_window(struct refusals *refusals, struct journal *journal, struct window *window)
{
	if (window->last.count > 0)
		(void)journal_append(journal, &window->last, false);
	drop(refusals, window);
}

static void open_window(struct refusals *refusals, struct journal *journal, struct event *event)
{
	(void)journal_append(journal, event, false);
	struct window *window = calloc(1, sizeof(*window));
	if (!window)
		return;
	if (refusals->len == WINDOWS_MAX)
		close_window(refusals, journal, refusals->windows);
	window->last = *event;
	window->last.count = 0;
	window->closes_ns = event->at.mono_ns + WINDOW_NS;
	event->lease = NULL;
	event->reason = NULL;
	DL_APPEND(refusals->windows, window);
	refusals->len++;
}

void refusals_add(struct refusals *refusals, struct journal *journal, struct event *event)
{
	struct window *window;
	DL_FOREACH (refusals->windows, window) {
		if (!is_same(&window->last, event))
			continue;
		window->last.at = event->at;
		window->last.count += event->count;
		return;
	}
	open_window(refusals, journal, event);
}

void refusals_flush(struct refusals *refusals, struct journal *journal, struct now now)
{
	while (refusals->windows && refusals->windows->closes_ns <= now.mono_ns)
		close_window(refusals, journal, refusals->windows);
}

int64_t refusals_deadline(const struct refusals *refusals)
{
	return refusals->windows ? refusals->windows->closes_ns : LEASE_NEVER;
}

/*
 * See refusals.h. Open windows by what their refusals have in common, and in order of their
 * closing; the same refusal means the same kind, name, owner and agent. When there are too many,
 * what is new goes into one more window a kind of event.
 */
#include "refusals.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "host/journal.h"
#include "lokt/text.h"

#define WINDOW_NS (10 * NS_PER_SEC)
#define WINDOWS_MAX 1024

/* The window of what has none of its own; no refusal has an empty name. */
#define OTHERS "others"

struct window {
	struct event last; /* the latest repetition; its count is what is not yet written */
	int64_t closes_ns;
	struct window *prev, *next;
	UT_hash_handle hh;
	char key[];
};

struct refusals {
	struct window *windows; /* first to close, first */
	struct window *by_key;
	struct text key;
};

struct refusals *refusals_new(void)
{
	return calloc(1, sizeof(struct refusals));
}

static void drop(struct refusals *refusals, struct window *window)
{
	DL_DELETE(refusals->windows, window);
	HASH_DELETE(hh, refusals->by_key, window);
	event_clear(&window->last);
	free(window);
}

void refusals_free(struct refusals *refusals)
{
	if (!refusals)
		return;
	while (refusals->windows)
		drop(refusals, refusals->windows);
	text_release(&refusals->key);
	free(refusals);
}

/* What the same refusals have in common; no string of a party holds a newline. */
static void make_key(struct text *key, const struct event *event)
{
	const struct lease *lease = event->lease;
	const struct party *party = lease->party;
	text_clear(key);
	text_printf(key, "%d %d %u %s\n%s\n%s", (int)event->kind, lease->is_freeze,
		    (unsigned)party->uid, lease->name, party->owner,
		    party->agent_is_explicit ? party->agent_id : "");
}

static struct window *find(const struct refusals *refusals)
{
	struct window *window;
	HASH_FIND(hh, refusals->by_key, refusals->key.data, refusals->key.len, window);
	return window;
}

/* A refusal that cannot be written is lost, and that is no error. */
static void close_window(struct refusals *refusals, struct journal *journal, struct window *window)
{
	if (window->last.count > 0)
		(void)journal_append(journal, &window->last, false);
	drop(refusals, window);
}

/* Takes the event's lease; NULL when memory is out. */
static struct window *open_window(struct refusals *refusals, struct event *event)
{
	const struct text *key = &refusals->key;
	struct window *window = calloc(1, sizeof(*window) + key->len);
	if (!window)
		return NULL;
	memcpy(window->key, key->data, key->len);
	HASH_ADD_KEYPTR(hh, refusals->by_key, window->key, key->len, window);
	if (!window->hh.tbl) {
		free(window);
		return NULL;
	}
	window->last = *event;
	window->last.count = 0;
	window->closes_ns = event->at.mono_ns + WINDOW_NS;
	event->lease = NULL;
	event->reason = NULL;
	DL_APPEND(refusals->windows, window);
	return window;
}

static void count(struct window *window, const struct event *event, unsigned times)
{
	window->last.at = event->at;
	window->last.count += times;
}

/* Not written at once, or a stream of ever new names would be a line each. */
static void add_to_others(struct refusals *refusals, struct event *event)
{
	unsigned times = event->count;
	text_clear(&refusals->key);
	text_printf(&refusals->key, "%d " OTHERS, (int)event->kind);
	if (refusals->key.failed)
		return;
	struct window *window = find(refusals);
	if (!window) {
		char *reason = strdup(OTHERS);
		window = reason ? open_window(refusals, event) : NULL;
		if (window)
			window->last.reason = reason;
		else
			free(reason);
	}
	if (window)
		count(window, event, times);
}

void refusals_add(struct refusals *refusals, struct journal *journal, struct event *event)
{
	make_key(&refusals->key, event);
	if (refusals->key.failed)
		return;
	struct window *window = find(refusals);
	if (window) {
		count(window, event, event->count);
	} else if (HASH_COUNT(refusals->by_key) >= WINDOWS_MAX) {
		add_to_others(refusals, event);
	} else {
		(void)journal_append(journal, event, false);
		open_window(refusals, event);
	}
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

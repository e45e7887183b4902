/*
 * See timeline.h. A fold like the engine's replay, but only of names, parties and times. What was
 * held before the trail begins is known from its first event on; its record says since when.
 */
#include "timeline.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTY_TEXT_MAX (2 * OWNER_MAX + 2)

struct named {
	char *text;
	size_t number;
};

static int compare(const void *left, const void *right)
{
	return strcmp(((const struct named *)left)->text, ((const struct named *)right)->text);
}

/* Room for one more; false when memory is out. */
static bool grow(void *list, size_t *cap, size_t len, size_t size)
{
	void *old;
	void *grown;

	memcpy(&old, list, sizeof(old));
	if (len < *cap)
		return true;
	grown = realloc(old, (*cap ? *cap * 2 : 64) * size);
	if (!grown)
		return false;
	memcpy(list, &grown, sizeof(grown));
	*cap = *cap ? *cap * 2 : 64;
	return true;
}

static bool add_name(struct timeline_names *names, const char *text, size_t *number)
{
	struct named *entry = malloc(sizeof(*entry));
	char *copy = strdup(text);

	if (!entry || !copy || !grow(&names->list, &names->cap, names->len, sizeof(char *)))
		goto out;
	*entry = (struct named){copy, names->len};
	if (!tsearch(entry, &names->tree, compare))
		goto out;
	names->list[names->len] = copy;
	*number = names->len++;
	return true;
out:
	free(entry);
	free(copy);
	return false;
}

static bool find_name(struct timeline_names *names, const char *text, size_t *number)
{
	char *key = (char *)(uintptr_t)text; /* only looked at */
	struct named wanted = {key, 0};
	struct named *const *found = tfind(&wanted, &names->tree, compare);

	if (!found)
		return add_name(names, text, number);
	*number = (*found)->number;
	return true;
}

static void free_names(struct timeline_names *names)
{
	while (names->tree) {
		struct named *entry = *(struct named **)names->tree;

		tdelete(entry, &names->tree, compare);
		free(entry->text);
		free(entry);
	}
	free(names->list);
}

static bool find_lane(struct timeline *timeline, const struct lease *lease, size_t *lane)
{
	char shown[RESOURCE_NAME_MAX + 1];

	resource_display_name(lease->name, shown);
	if (!find_name(&timeline->lanes, shown, lane))
		return false;
	while (timeline->open_cap <= *lane) {
		size_t before = timeline->open_cap;

		if (!grow(&timeline->open, &timeline->open_cap, before, sizeof(*timeline->open)))
			return false;
		memset(timeline->open + before, 0,
		       (timeline->open_cap - before) * sizeof(*timeline->open));
	}
	return true;
}

static bool find_party(struct timeline *timeline, const struct lease *lease, size_t *party)
{
	char shown[PARTY_TEXT_MAX];

	snprintf(shown, sizeof(shown), "%s@%s", lease->party->owner, lease->party->host);
	return find_name(&timeline->parties, shown, party);
}

static struct timeline_span *open_of(struct timeline *timeline, size_t lane, bool is_freeze)
{
	struct timeline_open *open = &timeline->open[lane];

	return is_freeze ? &open->freeze : &open->lease;
}

/* Fewer than lanes when memory ran out in between. */
static size_t open_len(const struct timeline *timeline)
{
	size_t lanes = timeline->lanes.len;

	return lanes < timeline->open_cap ? lanes : timeline->open_cap;
}

/* Keeps what the window shows of a span that has ended, or not. */
static void close_span(struct timeline *timeline, struct timeline_span *open, int64_t at_ns,
		       enum event_kind end)
{
	struct timeline_span span = *open;

	open->token = 0;
	if (at_ns < timeline->from_ns)
		return;
	if (!grow(&timeline->spans, &timeline->spans_cap, timeline->spans_len, sizeof(span))) {
		timeline->failed = true;
		return;
	}
	span.from_ns = span.from_ns > timeline->from_ns ? span.from_ns : timeline->from_ns;
	span.to_ns = at_ns > span.from_ns ? at_ns : span.from_ns;
	span.end = end;
	timeline->spans[timeline->spans_len++] = span;
}

static void add_wait(struct timeline *timeline, const struct event *event, size_t lane,
		     size_t party)
{
	int64_t to_ns = event->at.wall_ns;
	int64_t from_ns = to_ns - event->waited_ms * NS_PER_MS;

	if (!event->waited_ms || to_ns < timeline->from_ns)
		return;
	if (!grow(&timeline->waits, &timeline->waits_cap, timeline->waits_len,
		  sizeof(*timeline->waits))) {
		timeline->failed = true;
		return;
	}
	timeline->waits[timeline->waits_len++] = (struct timeline_wait){
		lane, party, from_ns > timeline->from_ns ? from_ns : timeline->from_ns, to_ns,
		event->waited_ms};
}

static void add_record(struct timeline *timeline, const struct event *event, size_t lane,
		       size_t party)
{
	const struct lease *lease = event->lease;
	struct timeline_span *open = open_of(timeline, lane, lease->is_freeze);
	bool is_known = open->token == lease->token;

	if (open->token && !is_known)
		close_span(timeline, open, event->at.wall_ns, EVENT_RELEASE);
	if (!is_known)
		*open = (struct timeline_span){.lane = lane,
					       .party = party,
					       .token = lease->token,
					       .is_freeze = lease->is_freeze,
					       .from_ns = lease->acquired_wall_ns,
					       .was_queued = event->kind == EVENT_GRANT};
	open->is_bound = lease_is_bound(lease);
	add_wait(timeline, event, lane, party);
}

/* One whose beginning was not seen was held all the time before. */
static void add_end(struct timeline *timeline, const struct event *event, size_t lane, size_t party)
{
	const struct lease *lease = event->lease;
	struct timeline_span *open = open_of(timeline, lane, lease->is_freeze);

	if (open->token && open->token != lease->token)
		return;
	if (!open->token)
		*open = (struct timeline_span){.lane = lane,
					       .party = party,
					       .token = lease->token,
					       .is_freeze = lease->is_freeze,
					       .from_ns = timeline->from_ns};
	close_span(timeline, open, event->at.wall_ns, event->kind);
}

static void add_refusal(struct timeline *timeline, const struct event *event, size_t lane,
			size_t party)
{
	if (event->at.wall_ns < timeline->from_ns)
		return;
	if (!grow(&timeline->marks, &timeline->marks_cap, timeline->marks_len,
		  sizeof(*timeline->marks))) {
		timeline->failed = true;
		return;
	}
	timeline->marks[timeline->marks_len++] = (struct timeline_mark){
		lane, party, event->at.wall_ns, event->count > 1 ? event->count : 1};
}

/* A boot ends every bound lease, without a line for each. */
static void add_start(struct timeline *timeline, const struct event *event)
{
	bool is_other = timeline->boot_id[0] && strcmp(timeline->boot_id, event->boot_id) != 0;

	snprintf(timeline->boot_id, sizeof(timeline->boot_id), "%s", event->boot_id);
	for (size_t i = 0; is_other && i < open_len(timeline); i++) {
		struct timeline_span *open = &timeline->open[i].lease;

		if (open->token && open->is_bound)
			close_span(timeline, open, event->at.wall_ns, EVENT_HOLDER_DEAD);
	}
}

void timeline_add(struct timeline *timeline, const struct event *event)
{
	size_t lane = 0;
	size_t party = 0;

	if (!timeline->is_begun && event->at.wall_ns > timeline->from_ns &&
	    event->at.wall_ns < timeline->to_ns)
		timeline->from_ns = event->at.wall_ns;
	timeline->is_begun = true;
	if (event->kind == EVENT_START)
		add_start(timeline, event);
	if (!event->lease || !event->lease->party)
		return;
	if (!find_lane(timeline, event->lease, &lane) ||
	    !find_party(timeline, event->lease, &party)) {
		timeline->failed = true;
		return;
	}
	switch (event_class(event->kind)) {
	case EVENT_RECORDS:
		add_record(timeline, event, lane, party);
		break;
	case EVENT_ENDS:
		add_end(timeline, event, lane, party);
		break;
	case EVENT_REFUSES:
		add_refusal(timeline, event, lane, party);
		break;
	case EVENT_KEEPS_BOOKS:
		break;
	}
}

static int compare_spans(const void *left, const void *right)
{
	const struct timeline_span *a = left;
	const struct timeline_span *b = right;

	return (a->from_ns > b->from_ns) - (a->from_ns < b->from_ns);
}

static int compare_waits(const void *left, const void *right)
{
	const struct timeline_wait *a = left;
	const struct timeline_wait *b = right;

	return (a->from_ns > b->from_ns) - (a->from_ns < b->from_ns);
}

void timeline_finish(struct timeline *timeline)
{
	for (size_t i = 0; i < open_len(timeline); i++) {
		struct timeline_open *open = &timeline->open[i];

		if (open->lease.token)
			close_span(timeline, &open->lease, timeline->to_ns, EVENT_COUNT);
		if (open->freeze.token)
			close_span(timeline, &open->freeze, timeline->to_ns, EVENT_COUNT);
	}
	if (timeline->spans_len)
		qsort(timeline->spans, timeline->spans_len, sizeof(*timeline->spans),
		      compare_spans);
	if (timeline->waits_len)
		qsort(timeline->waits, timeline->waits_len, sizeof(*timeline->waits),
		      compare_waits);
}

void timeline_release(struct timeline *timeline)
{
	free_names(&timeline->lanes);
	free_names(&timeline->parties);
	free(timeline->open);
	free(timeline->spans);
	free(timeline->waits);
	free(timeline->marks);
	*timeline = (struct timeline){0};
}

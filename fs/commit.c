/*
 * See commit.h. A refused claim takes the same way but through refusals.h, and whether it
 * could be written is nobody's concern.
 */
#include "commit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/holder.h"
#include "host/journal.h"
#include "host/log.h"
#include "refusals.h"

/* So many tokens at a time are reserved by one synced record, and when so few are left. */
#define TOKENS_RESERVED UINT64_C(65536)
#define TOKENS_LOW UINT64_C(32768)

/* At least as long as the line that ends this lease; a string may double by JSON's escapes. */
static uint64_t end_line_bound(const struct lease *lease)
{
	size_t strings = strlen(lease->resource.name) * 3 + strlen(lease->party->owner) +
			 strlen(lease->party->host) + strlen(lease_agent_id(lease));
	return 480 + 2 * strings;
}

/* Up to four processes that an event may concern: what it was bound to, what it is bound to. */
struct concerned {
	struct process process[4];
	bool was_watched[4];
};

static void concern(const struct serve *serve, const struct event *event, struct concerned *out)
{
	const struct lease *after = event->lease;
	const struct lease *before = engine_find_token(serve->engine, after->token);
	*out = (struct concerned){{after->process, after->ttl_setter}, {false}};
	if (before) {
		out->process[2] = before->process;
		out->process[3] = before->ttl_setter;
	}
	for (int i = 0; i < 4; i++)
		out->was_watched[i] = engine_is_watched(serve->engine, out->process[i]);
}

static void watch(struct serve *serve, struct process process)
{
	int error = holder_watch(serve->holders, serve->identity->proc_fd, process);
	if (error == -ESRCH)
		engine_died(serve->engine, process);
	else if (error < 0)
		log_error("watching process %d: %s", (int)process.pid, strerror(-error));
}

static void follow(struct serve *serve, const struct concerned *concerned)
{
	for (int i = 0; i < 4; i++) {
		struct process process = concerned->process[i];
		bool is_again = false;
		for (int j = 0; j < i; j++)
			is_again |= process_is_equal(process, concerned->process[j]);
		bool is_watched = engine_is_watched(serve->engine, process);
		if (is_again || !process.pid || is_watched == concerned->was_watched[i])
			continue;
		if (is_watched)
			watch(serve, process);
		else
			holder_unwatch(serve->holders, process);
	}
}

/* The journal said no: once in the log, until it says yes again. */
static int report(struct serve *serve, int error)
{
	if (error < 0 && !serve->is_journal_ailing)
		log_error("writing the journal: %s", strerror(-error));
	if (error == 0 && serve->is_journal_ailing)
		log_info("the journal can be written again");
	serve->is_journal_ailing = error < 0;
	return error;
}

static int write_record(struct serve *serve, struct event *event)
{
	bool is_new = !engine_find_token(serve->engine, event->lease->token);
	uint64_t aside = serve->aside + (is_new ? end_line_bound(event->lease) : 0);
	int error = journal_set_aside(serve->journal, aside);
	if (error == 0)
		error = journal_append(serve->journal, event, false);
	if (error == 0)
		serve->aside = aside;
	return report(serve, error);
}

static int write_end(struct serve *serve, struct event *event)
{
	return report(serve, journal_append(serve->journal, event, true));
}

static int write_event(struct serve *serve, struct event *event)
{
	switch (event_class(event->kind)) {
	case EVENT_RECORDS:
		return write_record(serve, event);
	case EVENT_ENDS:
		return write_end(serve, event);
	case EVENT_REFUSES:
		refusals_add(serve->refusals, serve->journal, event);
		return 0;
	case EVENT_KEEPS_BOOKS:
		return report(serve, journal_append(serve->journal, event, false));
	}
	return -EINVAL;
}

static void reserve_tokens(struct serve *serve)
{
	uint64_t below = engine_tokens_below(serve->engine);
	if (engine_next_token(serve->engine) + TOKENS_LOW < below)
		return;
	struct event event = {
		.kind = EVENT_RESERVE,
		.at = serve->now,
		.tokens_below = engine_next_token(serve->engine) + TOKENS_RESERVED,
	};
	if (journal_append(serve->journal, &event, false) == 0)
		engine_apply(serve->engine, &event);
}

static void release_aside(struct serve *serve, const struct lease *lease)
{
	uint64_t bound = end_line_bound(lease);
	serve->aside -= bound < serve->aside ? bound : serve->aside;
}

static void make_true(struct serve *serve, struct event *event)
{
	enum event_class class = event_class(event->kind);
	bool has_lease = class == EVENT_RECORDS || class == EVENT_ENDS;
	struct concerned concerned;
	if (has_lease)
		concern(serve, event, &concerned);
	if (class == EVENT_ENDS)
		release_aside(serve, event->lease);
	engine_apply(serve->engine, event);
	if (has_lease)
		follow(serve, &concerned);
	if (class == EVENT_RECORDS)
		reserve_tokens(serve);
	event_clear(event);
}

int commit_event(struct serve *serve, struct event *event, uint64_t *position)
{
	int error = write_event(serve, event);
	if (error < 0) {
		event_clear(event);
		return error;
	}
	if (position)
		*position = serve->journal->position;
	make_true(serve, event);
	return 0;
}

void commit_fact(struct serve *serve, struct event *event)
{
	(void)write_event(serve, event);
	make_true(serve, event);
}

void commit_catch_up(struct serve *serve)
{
	for (int is_freeze = 0; is_freeze < 2; is_freeze++) {
		const struct lease *lease = NULL;
		while ((lease = engine_next(serve->engine, is_freeze, lease)))
			serve->aside += end_line_bound(lease);
	}
	if (journal_set_aside(serve->journal, serve->aside) < 0)
		log_warning("the disk is nearly full: releases may not be recorded");
	struct process process = {0};
	struct process next;
	for (; (next = engine_next_watched(serve->engine, process)).pid;) {
		int error = holder_watch(serve->holders, serve->identity->proc_fd, next);
		if (error == 0)
			process = next;
		else if (error == -ESRCH)
			engine_died(serve->engine, next);
		else
			break;
	}
}

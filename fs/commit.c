/*
 * See commit.h. A refused claim takes the same way but through refusals.h, and whether it
 * could be written is nobody's concern.
 */
#include "commit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cached.h"
#include "host/holder.h"
#include "host/journal.h"
#include "host/log.h"
#include "refusals.h"

/* So many tokens at a time are reserved by one synced record, and when so few are left. */
#define TOKENS_RESERVED UINT64_C(65536)
#define TOKENS_LOW UINT64_C(32768)

#define DEAD_AT_ONCE 256

/* More changed resources than that are not listed: all are looked at. */
#define TOUCHED_MAX 4096

/* At least as long as the line that ends this lease; a string may double by JSON's escapes. */
static uint64_t end_line_bound(const struct lease *lease)
{
	size_t strings = strlen(lease->name) * 3 + strlen(lease->party->owner) +
			 strlen(lease->party->host) + strlen(lease_agent_id(lease));
	return 480 + 2 * strings;
}

/* Up to four processes that an event may concern: what it was bound to, what it is bound to. */
struct concerned {
	struct process process[4];
	bool was_watched[4];
};

/* Most leases hang on no process, and then nothing is looked up. */
static bool is_watched(const struct serve *serve, struct process process)
{
	return process.pid && engine_is_watched(serve->engine, process);
}

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
		out->was_watched[i] = is_watched(serve, out->process[i]);
}

static void watch(struct serve *serve, struct process process)
{
	int error = holder_watch(serve->holders, serve->identity->proc_fd, process);
	if (error == -ESRCH)
		engine_died(serve->engine, process);
	else if (error < 0)
		serve->has_unwatched = true;
}

/*
 * Watches what is not watched yet, up to `max` that have ended: these go into dead. Telling the
 * engine of one would change the list that is being walked.
 */
static size_t watch_all(struct serve *serve, struct process *dead, size_t max, int *first_error)
{
	struct process process = {0};
	size_t len = 0;
	while (len < max && (process = engine_next_watched(serve->engine, process)).pid) {
		if (holder_is_watched(serve->holders, process))
			continue;
		int error = holder_watch(serve->holders, serve->identity->proc_fd, process);
		if (error == -ESRCH)
			dead[len++] = process;
		else if (error < 0 && !*first_error)
			*first_error = error;
	}
	return len;
}

void commit_watch_missing(struct serve *serve)
{
	struct process dead[DEAD_AT_ONCE];
	size_t len;
	int error = 0;
	if (!serve->has_unwatched || serve->now.mono_ns - serve->rewatched_ns < NS_PER_SEC)
		return;
	do {
		len = watch_all(serve, dead, DEAD_AT_ONCE, &error);
		for (size_t i = 0; i < len; i++)
			engine_died(serve->engine, dead[i]);
	} while (len == DEAD_AT_ONCE);
	serve->has_unwatched = error < 0;
	serve->rewatched_ns = serve->now.mono_ns;
	if (error < 0)
		log_warning("watching processes: %s; trying again", strerror(-error));
}

static void unwatch_ahead(struct serve *serve, const struct process ahead[2])
{
	for (int i = 0; i < 2; i++)
		if (ahead[i].pid)
			holder_unwatch(serve->holders, ahead[i]);
}

/*
 * A lease must not be made whose holder's end would go unseen: what the record will have watched
 * is watched before it is written, once more than counts.
 */
static int watch_ahead(struct serve *serve, const struct lease *lease, struct process ahead[2])
{
	bool has_setter = lease_is_bound(lease) && lease->ttl_is_explicit;
	struct process wanted[2] = {lease->process,
				    has_setter ? lease->ttl_setter : (struct process){0}};
	for (int i = 0; i < 2; i++) {
		if (!wanted[i].pid || engine_is_watched(serve->engine, wanted[i]))
			continue;
		int error = holder_watch(serve->holders, serve->identity->proc_fd, wanted[i]);
		if (error == 0)
			ahead[i] = wanted[i];
		if (error == 0 || error == -ESRCH)
			continue;
		unwatch_ahead(serve, ahead);
		return error;
	}
	return 0;
}

static void follow(struct serve *serve, const struct concerned *concerned)
{
	for (int i = 0; i < 4; i++) {
		struct process process = concerned->process[i];
		bool is_again = false;
		if (!process.pid)
			continue;
		for (int j = 0; j < i; j++)
			is_again |= process_is_equal(process, concerned->process[j]);
		bool is_now = is_watched(serve, process);
		if (is_again || is_now == concerned->was_watched[i])
			continue;
		if (is_now)
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
	if (journal_append(serve->journal, &event, false) < 0)
		return;
	engine_apply(serve->engine, &event);
	serve->reserve_position = serve->journal->position;
}

uint64_t commit_wanted(const struct serve *serve)
{
	return serve->is_durable ? serve->reserve_position : 0;
}

void commit_synced(struct serve *serve, uint64_t position)
{
	if (position > serve->synced)
		serve->synced = position;
	if (!serve->reserve_position || serve->synced < serve->reserve_position)
		return;
	serve->reserve_position = 0;
	serve->tokens_safe = engine_tokens_below(serve->engine);
}

/*
 * No token is given that a start after a power failure could give again. The disk is usually
 * 32768 tokens ahead; where it is not, it is awaited here.
 */
static int secure_token(struct serve *serve, uint64_t token)
{
	if (token >= engine_tokens_below(serve->engine))
		reserve_tokens(serve);
	if (token >= engine_tokens_below(serve->engine))
		return -ENOSPC;
	if (!serve->is_durable || token < serve->tokens_safe)
		return 0;
	if (fdatasync(serve->journal->fd) < 0) {
		serve->journal->is_broken = true;
		return -EIO;
	}
	commit_synced(serve, serve->journal->position);
	return 0;
}

static int append_record(struct serve *serve, struct event *event)
{
	const struct lease *before = engine_find_token(serve->engine, event->lease->token);
	uint64_t aside = serve->aside - (before ? end_line_bound(before) : 0);
	aside += end_line_bound(event->lease);
	int error = before ? 0 : secure_token(serve, event->lease->token);
	if (error == 0)
		error = journal_set_aside(serve->journal, aside);
	if (error == 0)
		error = journal_append(serve->journal, event, false);
	if (error == 0)
		serve->aside = aside;
	return error;
}

static int write_record(struct serve *serve, struct event *event)
{
	return report(serve, append_record(serve, event));
}

static int write_end(struct serve *serve, struct event *event)
{
	return report(serve, journal_append(serve->journal, event, true));
}

static int hold_end(struct serve *serve, struct event *event)
{
	int error = journal_hold(serve->journal, event);
	return error < 0 ? report(serve, error) : 0;
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

static void release_aside(struct serve *serve, const struct lease *lease)
{
	uint64_t bound = end_line_bound(lease);
	serve->aside -= bound < serve->aside ? bound : serve->aside;
}

/* Its refs may have to follow. */
static void touch(struct serve *serve, const struct lease *lease)
{
	struct touched *touched = &serve->touched;
	if (lease->is_freeze || !lease_is_shared(lease) || touched->is_all)
		return;
	if (touched->len == touched->cap) {
		size_t cap = touched->cap ? touched->cap * 2 : 16;
		struct resource *list =
			cap > TOUCHED_MAX ? NULL : reallocarray(touched->list, cap, sizeof(*list));
		touched->is_all = !list;
		if (!list)
			return;
		touched->list = list;
		touched->cap = cap;
	}
	touched->list[touched->len++] = lease_resource(lease);
}

static void make_true(struct serve *serve, struct event *event)
{
	enum event_class class = event_class(event->kind);
	bool has_lease = class == EVENT_RECORDS || class == EVENT_ENDS;
	struct concerned concerned;
	if (has_lease)
		concern(serve, event, &concerned);
	if (has_lease && serve->is_mirrored)
		touch(serve, event->lease);
	if (class == EVENT_ENDS)
		release_aside(serve, event->lease);
	engine_apply(serve->engine, event);
	if (has_lease)
		follow(serve, &concerned);
	if (class == EVENT_RECORDS)
		reserve_tokens(serve);
	commit_watch_missing(serve);
	event_clear(event);
}

static int commit_watched(struct serve *serve, struct event *event, uint64_t *position)
{
	int error = write_event(serve, event);
	if (error < 0)
		return error;
	if (position)
		*position = serve->journal->position;
	make_true(serve, event);
	return 0;
}

int commit_event(struct serve *serve, struct event *event, uint64_t *position)
{
	struct process ahead[2] = {0};
	int error = 0;
	cached_change(serve, event);
	if (event_class(event->kind) == EVENT_RECORDS)
		error = watch_ahead(serve, event->lease, ahead);
	if (error == 0)
		error = commit_watched(serve, event, position);
	unwatch_ahead(serve, ahead);
	event_clear(event);
	return error;
}

void commit_fact(struct serve *serve, struct event *event)
{
	cached_change(serve, event);
	if (event_class(event->kind) == EVENT_ENDS)
		(void)hold_end(serve, event);
	else
		(void)write_event(serve, event);
	make_true(serve, event);
}

int commit_ahead(struct serve *serve, struct event *event)
{
	cached_change(serve, event);
	int error = hold_end(serve, event);
	if (error < 0) {
		event_clear(event);
		return error;
	}
	serve->ahead_seq = event->seq;
	make_true(serve, event);
	return 0;
}

/* The lease is back, bound as it was; what it hangs on is watched again. */
static void undo(struct serve *serve)
{
	struct event event = {.kind = EVENT_BIND, .at = serve->now, .lease = serve->ended};
	serve->ended = NULL;
	serve->aside += end_line_bound(event.lease);
	(void)journal_set_aside(serve->journal, serve->aside);
	make_true(serve, &event);
}

int commit_flush(struct serve *serve)
{
	uint64_t ahead_seq = serve->ahead_seq;
	serve->ahead_seq = 0;
	if (!serve->journal->held)
		return 0;
	int error = report(serve, journal_flush(serve->journal));
	/* The number has been taken back with the line, or a record behind it was written. */
	if (serve->journal->seq >= ahead_seq)
		return 0;
	undo(serve);
	return error;
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
	serve->tokens_safe = engine_tokens_below(serve->engine);
	serve->has_unwatched = true;
	serve->rewatched_ns = serve->now.mono_ns - NS_PER_SEC;
	commit_watch_missing(serve);
}

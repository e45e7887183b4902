/*
 * A small stage for the engine's tests: an engine, a clock that is a number, and the story of
 * what came of each turn ("expire build; grant 7; "). Drives the engine as serve does.
 */
#ifndef TESTS_ENGINE_WORLD_H
#define TESTS_ENGINE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/engine.h"
#include "lease_named.h"

#define UID 1000
#define MOUNTER 4000
#define SEC NS_PER_SEC
#define DEFAULT_TTL_MS 300000
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct world {
	struct engine *engine;
	struct now now;
	struct text story;
	unsigned locks;
	struct party *mine, *theirs; /* below two harnesses, same user, nothing explicit */
};

static const struct process harness = {10, 1}, shell = {11, 2}, tool = {12, 3};
static const struct process other_harness = {20, 4}, other_tool = {22, 5};

/* owner and agent: NULL is one that is not explicit. */
static inline struct party *party_with(uid_t uid, const char *owner, const char *agent,
				       const struct process *chain, unsigned len)
{
	struct party *party =
		party_new(uid, owner ? owner : "login", owner != NULL, agent ? agent : "agent-0",
			  agent != NULL, "vm", NULL, chain, len);
	assert_non_null(party);
	return party;
}

static inline void tell(struct world *w, const char *word, const char *what)
{
	text_printf(&w->story, "%s %s; ", word, what);
}

/* The story since the last call; compared and begun anew. */
#define assert_story(w, expected)                                                                  \
	do {                                                                                       \
		assert_string_equal((w)->story.data ? (w)->story.data : "", expected);             \
		text_clear(&(w)->story);                                                           \
		text_puts(&(w)->story, "");                                                        \
	} while (0)

static inline void settle(struct world *w)
{
	struct due due;
	while (engine_due(w->engine, w->now, &due)) {
		char id[24];
		snprintf(id, sizeof(id), "%llu", (unsigned long long)due.waiter);
		if (due.waiter)
			tell(w, verdict_row(due.verdict)->word, id);
		else
			tell(w, event_word(due.event.kind), due.event.lease->name);
		if (due.has_event) {
			engine_apply(w->engine, &due.event);
			event_clear(&due.event);
		}
		if (due.waiter)
			engine_unpark(w->engine, due.waiter);
		engine_check(w->engine);
	}
}

/* One turn as serve takes it. The event's kind goes to *kind, EVENT_COUNT for none. */
static inline enum verdict ask_kind(struct world *w, const char *name, struct request request,
				    enum event_kind *kind)
{
	struct decision decision;
	char id[LOCK_ID_LEN + 1];
	snprintf(id, sizeof(id), "%032x", ++w->locks);
	request.resource = resource_named(name);
	request.party = request.party ? request.party : w->mine;
	request.new_lock_id = id;
	if (!request.holder.pid && request.party->chain_len)
		request.holder = request.party->chain[request.party->chain_len > 1];
	settle(w);
	assert_int_equal(engine_decide(w->engine, &request, w->now, &decision), 0);
	*kind = decision.has_event ? decision.event.kind : EVENT_COUNT;
	if (decision.has_event)
		engine_apply(w->engine, &decision.event);
	event_clear(&decision.event);
	if (decision.is_parked)
		assert_int_equal(engine_park(w->engine, &request), 0);
	settle(w);
	engine_check(w->engine);
	return decision.verdict;
}

static inline enum verdict ask(struct world *w, const char *name, struct request request)
{
	enum event_kind kind;
	return ask_kind(w, name, request, &kind);
}

#define claim(w, name, ...) ask(w, name, (struct request){.op = OP_ACQUIRE, __VA_ARGS__})
#define drop(w, name, ...) ask(w, name, (struct request){.op = OP_RELEASE, __VA_ARGS__})
#define ttl(seconds) .has_ttl = true, .ttl_is_explicit = true, .ttl_ms = (seconds)*MS_PER_SEC
#define waits(id) .waiter = (id), .wait_until_ns = LEASE_NEVER

static inline const struct lease *held(struct world *w, const char *name)
{
	struct resource resource = resource_named(name);
	return engine_find(w->engine, false, resource.name);
}

static inline void pass(struct world *w, int64_t seconds)
{
	w->now.mono_ns += seconds * SEC;
	w->now.wall_ns += seconds * SEC;
	settle(w);
}

static inline void dies(struct world *w, struct process process)
{
	engine_died(w->engine, process);
	settle(w);
	engine_check(w->engine);
}

static inline void start(struct world *w, const char *boot, uint64_t tokens_below)
{
	struct event event = {.kind = EVENT_START, .at = w->now, .tokens_below = tokens_below};
	strncpy(event.boot_id, boot, sizeof(event.boot_id) - 1);
	engine_apply(w->engine, &event);
	settle(w);
	engine_check(w->engine);
}

static inline void world_begin(struct world *w, struct engine_config config)
{
	const struct process mine[] = {tool, shell, harness};
	const struct process theirs[] = {other_tool, other_harness};
	config.default_ttl_ms = DEFAULT_TTL_MS;
	config.mounter = MOUNTER;
	config.max_leases = config.max_leases ? config.max_leases : 100;
	*w = (struct world){.now = {100 * SEC, 1700000000 * SEC}};
	w->engine = engine_new(&config);
	assert_non_null(w->engine);
	w->mine = party_with(UID, NULL, NULL, mine, LENGTH(mine));
	w->theirs = party_with(UID, NULL, NULL, theirs, LENGTH(theirs));
	start(w, "boot-1", 1000);
}

static inline void world_end(struct world *w)
{
	engine_free(w->engine);
	party_unref(w->mine);
	party_unref(w->theirs);
	text_release(&w->story);
}

#endif

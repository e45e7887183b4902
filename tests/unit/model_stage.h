/*
 * The stage of model_engine.c: chance, processes that live and die, the log with its replay, and
 * the comparison of the engine with naive.h. What happens on it is model_engine.c's.
 */
#ifndef TESTS_MODEL_STAGE_H
#define TESTS_MODEL_STAGE_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "naive.h"

#define TRACE 24

static struct {
	struct engine *engine;
	struct now now;
	uint64_t seed, random, step, seq, waiter, handle, lock, highest;
	int64_t starts;
	int parent[PROCESSES];
	char boot[40];
	struct text log;
	char trace[TRACE][120];
	unsigned traced;
	uint64_t granted, replays, ended;
} d;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
	va_list list;
	va_start(list, format);
	vsnprintf(d.trace[d.traced++ % TRACE], sizeof(d.trace[0]), format, list);
	va_end(list);
}

static _Noreturn void fail(const char *what)
{
	for (unsigned i = d.traced > TRACE ? d.traced - TRACE : 0; i < d.traced; i++)
		fprintf(stderr, "  %s\n", d.trace[i % TRACE]);
	fprintf(stderr, "model_engine: seed %llu, step %llu: %s\n", (unsigned long long)d.seed,
		(unsigned long long)d.step, what);
	exit(1);
}

static void expect(bool holds, const char *what)
{
	if (!holds)
		fail(what);
}

static unsigned pick(unsigned n)
{
	d.random ^= d.random << 13;
	d.random ^= d.random >> 7;
	d.random ^= d.random << 17;
	return (unsigned)((d.random >> 16) % n);
}

/* Processes: three harnesses with shells and workers below them, and one of root's. */
static const struct breed {
	int parent;
	uid_t uid;
	const char *owner, *agent;
	bool owner_is_explicit, agent_is_explicit;
} breeds[PROCESSES] = {
	{-1, 1000, "ann", "agent-0001", false, false},
	{-1, 1000, "ann", "agent-0002", false, false},
	{-1, 2000, "bob", "agent-0003", false, false},
	{0, 1000, "ann", "agent-0004", false, false},
	{0, 1000, "ann", "one", false, true},
	{1, 1000, "ci", "agent-0005", true, false},
	{3, 1000, "ann", "agent-0006", false, false},
	{3, 1000, "ann", "one", true, true},
	{4, 1000, "ann", "two", false, true},
	{5, 1000, "ci", "agent-0007", true, false},
	{2, 2000, "bob", "agent-0008", false, false},
	{-1, 0, "root", "agent-0009", false, false},
};

static void bear(int i)
{
	int parent = breeds[i].parent;
	m.living[i] = (struct process){100 + i, ++d.starts * 10000000};
	d.parent[i] = parent >= 0 && m.living[parent].pid ? parent : -1;
}

static void bury(int i)
{
	m.living[i] = (struct process){0};
	for (int j = 0; j < PROCESSES; j++)
		if (d.parent[j] == i)
			d.parent[j] = -1;
}

static struct who read_who(void)
{
	int i = (int)pick(PROCESSES);
	struct who who = {.uid = 1000, .owner = "ann", .agent = "agent-0000"};
	if (pick(15) == 0)
		return who; /* a caller whose pid cannot be seen */
	if (!m.living[i].pid)
		bear(i);
	const struct breed *breed = &breeds[i];
	who = (struct who){breed->uid,
			   breed->owner,
			   breed->agent,
			   breed->owner_is_explicit,
			   breed->agent_is_explicit,
			   0,
			   {{0}}};
	if (pick(8) == 0) {
		who.owner = pick(2) ? "ci" : "ann";
		who.owner_is_explicit = true;
	}
	if (pick(8) == 0) {
		who.agent = pick(2) ? "one" : "two";
		who.agent_is_explicit = true;
	}
	for (; i >= 0; i = d.parent[i])
		who.chain[who.len++] = m.living[i];
	return who;
}

static struct party *party_of(const struct who *who)
{
	struct party *party = party_new(who->uid, who->owner, who->owner_is_explicit, who->agent,
					who->agent_is_explicit, "vm", NULL, who->chain, who->len);
	expect(party != NULL, "memory");
	return party;
}

static struct process some_process(void)
{
	int i = (int)pick(PROCESSES);
	if (!m.living[i].pid)
		bear(i);
	return m.living[i];
}

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_same_who(const struct party *party, const struct who *who)
{
	for (unsigned i = 0; i < who->len && i < party->chain_len; i++)
		if (!process_is_equal(party->chain[i], who->chain[i]))
			return false;
	return party->uid == who->uid && strcmp(party->owner, who->owner) == 0 &&
	       strcmp(party->agent_id, who->agent) == 0 &&
	       party->owner_is_explicit == who->owner_is_explicit &&
	       party->agent_is_explicit == who->agent_is_explicit && party->chain_len == who->len;
}

static void compare_lease(const struct lease *a, const struct nlease *b)
{
	expect(strcmp(a->name, things[b->thing].name) == 0, "lease: name");
	expect(a->is_freeze == b->is_freeze && a->token == b->token, "lease: token");
	expect(strcmp(a->lock_id, b->id) == 0, "lease: lock id");
	expect(is_same_who(a->party, &b->who), "lease: party");
	expect(a->handle == b->handle, "lease: handle");
	expect(process_is_equal(a->process, b->process), "lease: process");
	expect(process_is_equal(a->holder, b->holder), "lease: holder");
	expect(a->ttl_ms == b->ttl_ms && a->ttl_is_explicit == b->ttl_is_explicit, "lease: ttl");
	expect(process_is_equal(a->ttl_setter, b->setter), "lease: setter");
	expect(a->deadline_ns == b->deadline, "lease: deadline");
	expect(a->expires_wall_ns == b->wall_end, "lease: expiry");
	expect(a->acquired_wall_ns == b->acquired, "lease: acquired");
	expect(is_same_text(a->note, b->note), "lease: note");
	expect(is_same_text(a->agent_id, b->agent), "lease: agent id");
}

static void compare_state(const struct engine *engine)
{
	for (int i = 0; i < m.count; i++) {
		const struct nlease *lease = &m.leases[i];
		const struct lease *theirs =
			engine_find(engine, lease->is_freeze, things[lease->thing].name);
		expect(theirs != NULL, "a lease is missing");
		compare_lease(theirs, lease);
		expect(engine_find_token(engine, lease->token) == theirs, "by token");
		expect(!lease->handle || engine_find_handle(engine, lease->handle) == theirs,
		       "by handle");
	}
	expect(engine_count(engine, false) == count_of(false), "number of leases");
	expect(engine_count(engine, true) == count_of(true), "number of freezes");
	expect(engine_next_token(engine) == m.next_token, "next token");
	expect(engine_tokens_below(engine) == m.tokens_below, "reserved tokens");
	expect(engine_clock_jump(engine, d.now) == 0, "clock offset");
	engine_check(engine);
}

static void compare_queue(void)
{
	uint64_t cursors[NAMES] = {0};
	const struct party *party;
	for (int i = 0; i < m.waiting; i++) {
		const struct question *w = &m.waiters[i];
		const char *name = things[w->thing].name;
		expect(engine_next_waiter(d.engine, name, &cursors[w->thing], &party) &&
			       cursors[w->thing] == w->request.waiter &&
			       is_same_who(party, &w->who),
		       "the queue's order");
		expect(engine_place(d.engine, w->request.waiter) ==
			       place_behind(i, w->thing, &w->who),
		       "a waiter's place");
	}
	for (int i = 0; i < NAMES; i++)
		expect(!engine_next_waiter(d.engine, things[i].name, &cursors[i], &party),
		       "a waiter too many");
}

static void compare_questions(void)
{
	int64_t first = LEASE_NEVER;
	struct who who = read_who();
	struct party *party = party_of(&who);
	for (int i = 0; i < m.count; i++) {
		const struct nlease *lease = &m.leases[i];
		const struct lease *theirs = engine_find_token(d.engine, lease->token);
		first = lease->deadline < first ? lease->deadline : first;
		expect(engine_may_release(d.engine, theirs, party) == may_release(lease, &who),
		       "may release");
		expect(engine_is_stale(d.engine, theirs) == is_stale(lease), "is stale");
	}
	for (int i = 0; i < m.waiting; i++)
		if (m.waiters[i].request.wait_until_ns < first)
			first = m.waiters[i].request.wait_until_ns;
	expect(engine_next_deadline(d.engine) == first, "next deadline");
	party_unref(party);
}

static void write_line(struct event *event)
{
	event->seq = ++d.seq;
	event->at = d.now;
	event_write(&d.log, event);
	expect(!d.log.failed, "memory");
}

static void commit(struct event *event)
{
	write_line(event);
	engine_apply(d.engine, event);
}

static void keep_books(struct event event)
{
	commit(&event);
	event_clear(&event);
}

/* The state as a snapshot says it: where tokens stand, then every lease. */
static void begin_log(void)
{
	struct event start = {.kind = EVENT_START, .tokens_below = m.next_token};
	struct event reserve = {.kind = EVENT_RESERVE, .tokens_below = m.tokens_below};
	memcpy(start.boot_id, d.boot, sizeof(start.boot_id));
	text_clear(&d.log);
	write_line(&start);
	write_line(&start);
	write_line(&reserve);
	for (int is_freeze = 0; is_freeze < 2; is_freeze++) {
		const struct lease *lease = NULL;
		while ((lease = engine_next(d.engine, is_freeze, lease))) {
			struct event event = {.kind = is_freeze ? EVENT_FREEZE : EVENT_ACQUIRE,
					      .lease = lease_copy(lease)};
			write_line(&event);
			event_clear(&event);
		}
	}
}

static struct engine *replay(void)
{
	struct engine *engine = engine_new(&m.config);
	expect(engine != NULL, "memory");
	for (const char *at = d.log.data, *end; at && at < d.log.data + d.log.len; at = end + 1) {
		struct event event;
		end = strchr(at, '\n');
		expect(end && event_parse(at, (size_t)(end - at), &event) == 0, "a line's form");
		engine_apply(engine, &event);
		event_clear(&event);
	}
	compare_state(engine);
	d.replays++;
	return engine;
}

#endif

/*
 * Random requests, deaths, clock steps and restarts, put to the engine and to naive.h alike:
 * verdicts, events, grants, leases and queue must agree after each step, and what the log says
 * must replay to the same state. model_engine [STEPS [SEED]], or STEPS in the environment; the
 * seed is printed first.
 */
#include <time.h>

#include "model_stage.h"

#ifdef __OPTIMIZE__
#define STEPS_DEFAULT 1000000
#else
#define STEPS_DEFAULT 60000 /* a debug build with sanitizers takes three times as long */
#endif
#define LOG_MAX (192 * 1024) /* bytes: longer logs begin anew with a snapshot */

static bool is_wanted(struct process process)
{
	bool is_wanted = false;
	for (int i = 0; i < m.count && process.pid; i++) {
		const struct nlease *lease = &m.leases[i];
		is_wanted |= process_is_equal(lease->process, process) ||
			     (is_bound(lease) && process_is_equal(lease->setter, process));
	}
	return is_wanted;
}

/* Tells the engine of the dead that it asked to hear of, and that it asked for the right ones. */
static void tell_deaths(void)
{
	struct process process = engine_next_watched(d.engine, (struct process){0});
	while (process.pid) {
		struct process next = engine_next_watched(d.engine, process);
		expect(is_wanted(process), "watches a process of no concern");
		if (!is_alive(process))
			engine_died(d.engine, process);
		process = next;
	}
	for (int i = 0; i < PROCESSES; i++)
		expect(engine_is_watched(d.engine, m.living[i]) == is_wanted(m.living[i]),
		       "watches the living that matter");
}

static void reserve(void)
{
	if (m.next_token + 2 < m.tokens_below)
		return;
	m.tokens_below = m.next_token + 10;
	keep_books((struct event){.kind = EVENT_RESERVE, .tokens_below = m.tokens_below});
}

static void expect_fresh_token(const struct lease *lease)
{
	expect(lease->token > d.highest, "a token that is not greater than all before");
	d.highest = lease->token;
}

/* A due thing that is no waiter's: an end, or a TTL that is dropped. */
static void follow_end(const struct event *event)
{
	struct nlease *lease = find_token(event->lease->token);
	expect(lease != NULL, "due: what is not held");
	if (event->kind == EVENT_BIND) {
		expect(is_idle(lease) && !is_orphan(lease), "due: a TTL dropped too early");
		drop_ttl(lease);
		compare_lease(event->lease, lease);
		return;
	}
	if (event->kind == EVENT_HOLDER_DEAD)
		expect(is_orphan(lease), "due: holder dead, but it lives");
	else
		expect(event->kind == EVENT_EXPIRE && is_expired(lease, d.now.mono_ns),
		       "due: an end without cause");
	naive_end(lease->token);
	d.ended++;
}

static int find_waiter(uint64_t id)
{
	for (int i = 0; i < m.waiting; i++)
		if (m.waiters[i].request.waiter == id)
			return i;
	return -1;
}

static void follow_waiter(const struct due *due)
{
	int i = find_waiter(due->waiter);
	expect(i >= 0, "due: a waiter that does not wait");
	bool is_timeout = due->verdict == VERDICT_TIMED_OUT;
	expect(is_timeout || !has_ended(d.now.mono_ns), "due: a waiter before what has ended");
	expect(turn_of(i, d.now.mono_ns) == due->verdict, "due: the waiter's verdict");
	expect(due->has_event || is_timeout, "due: no event");
	if (due->verdict == VERDICT_OK) {
		struct nlease lease = claimed(&m.waiters[i], m.next_token, d.now);
		expect(due->event.kind == EVENT_GRANT, "due: a grant's event");
		compare_lease(due->event.lease, &lease);
		expect_fresh_token(due->event.lease);
		naive_record(&lease);
		d.granted++;
	} else if (due->has_event) {
		expect(event_class(due->event.kind) == EVENT_REFUSES, "due: a refusal's event");
	}
	naive_unpark(i);
}

static void settle(void)
{
	struct due due;
	tell_deaths();
	while (engine_due(d.engine, d.now, &due)) {
		note("  due %s, waiter %llu, %s", due.has_event ? event_word(due.event.kind) : "-",
		     (unsigned long long)due.waiter, verdict_row(due.verdict)->word);
		if (due.waiter)
			follow_waiter(&due);
		else
			follow_end(&due.event);
		if (due.has_event) {
			commit(&due.event);
			event_clear(&due.event);
		}
		if (due.waiter)
			engine_unpark(d.engine, due.waiter);
		reserve();
		tell_deaths();
	}
	expect(!has_ended(d.now.mono_ns), "something has ended unnoticed");
	for (int i = 0; i < m.waiting; i++)
		expect(turn_of(i, d.now.mono_ns) == VERDICT_HELD, "a waiter was forgotten");
}

static void begin_turn(void)
{
	int64_t jump = engine_clock_jump(d.engine, d.now);
	if (jump) {
		naive_clock(jump);
		keep_books((struct event){.kind = EVENT_CLOCK, .delta_ns = jump});
	}
	reserve();
	settle();
}

/* What is known of the living behind one lease, told to both. */
static void observe(const struct lease *lease)
{
	struct nlease *ours = find_token(lease->token);
	expect(ours != NULL && engine_living(d.engine, lease) == ours->living, "what was observed");
	while (ours->living < ours->who.len && !is_alive(ours->who.chain[ours->living]))
		ours->living++;
	engine_observe(d.engine, lease, ours->living);
}

static void observe_all(const struct question *q)
{
	int overlapping = 0;
	const struct lease *lease =
		engine_find(d.engine, q->request.is_freeze, q->request.resource.name);
	if (lease)
		observe(lease);
	lease = NULL;
	while ((lease = engine_next_overlap(d.engine, &q->request.resource, false, lease))) {
		const struct nlease *ours = find_token(lease->token);
		expect(ours && ours->thing != q->thing && overlap(ours->thing, q->thing),
		       "what overlaps");
		observe(lease);
		overlapping++;
	}
	for (int i = 0; i < m.count; i++)
		overlapping -= !m.leases[i].is_freeze && m.leases[i].thing != q->thing &&
			       overlap(m.leases[i].thing, q->thing);
	expect(overlapping == 0, "all that overlaps");
}

static bool is_right_verdict(const struct decision *decision, const struct answer_key *key,
			     const struct question *q)
{
	if (decision->verdict == key->verdict)
		return true;
	/* Behind an earlier waiter of an overlapping name either word would do. */
	return q->request.op == OP_ACQUIRE && key->verdict == VERDICT_HELD &&
	       decision->verdict == VERDICT_CONFLICT && !decision->blocker;
}

static void check_blocker(const struct decision *decision, const struct question *q)
{
	const struct lease *lease = decision->blocker;
	const struct nlease *ours = lease ? find_token(lease->token) : NULL;
	expect(!lease || ours, "a blocker that is not held");
	if (decision->verdict == VERDICT_FROZEN)
		expect(ours && ours->is_freeze && overlap(ours->thing, q->thing),
		       "blocker: freeze");
	if (decision->verdict == VERDICT_CONFLICT && ours)
		expect(!may_release(ours, &q->who) && overlap(ours->thing, q->thing),
		       "blocker: conflict");
	if (decision->verdict == VERDICT_BOUND || decision->verdict == VERDICT_NOT_OWNER)
		expect(ours && ours->thing == q->thing, "blocker: the lease meant");
	if (decision->verdict == VERDICT_HELD && find(q->request.op == OP_FREEZE, q->thing))
		expect(ours && ours->thing == q->thing, "blocker: the name's");
}

static void follow_decision(struct decision *decision, const struct answer_key *key)
{
	if (!key->has_event) {
		expect(!decision->has_event ||
			       (event_class(decision->event.kind) == EVENT_REFUSES &&
				decision->event.verdict == decision->verdict),
		       "a refusal with an event that is none");
	} else {
		expect(decision->has_event && decision->event.kind == key->kind, "event");
		compare_lease(decision->event.lease, &key->after);
		if (event_class(key->kind) == EVENT_ENDS) {
			naive_end(key->after.token);
		} else {
			if (!find_token(key->after.token))
				expect_fresh_token(decision->event.lease);
			naive_record(&key->after);
		}
	}
	if (decision->has_event)
		commit(&decision->event);
	event_clear(&decision->event);
}

static void ask(struct question *q)
{
	struct decision decision;
	begin_turn();
	observe_all(q);
	settle();
	q->request.party = party_of(&q->who);
	struct answer_key key = naive_decide(q, d.now);
	expect(engine_decide(d.engine, &q->request, d.now, &decision) == 0, "decide: an error");
	note("step %llu: op %d %s%s by %s/%s (%d): %s, to be %s", (unsigned long long)d.step,
	     q->request.op, q->request.is_freeze ? "freeze " : "", things[q->thing].name,
	     q->who.owner, q->who.agent, q->who.len ? q->who.chain[0].pid : 0,
	     verdict_row(decision.verdict)->word, verdict_row(key.verdict)->word);
	expect(is_right_verdict(&decision, &key, q), "verdict");
	expect(decision.is_parked == key.is_parked, "parked");
	check_blocker(&decision, q);
	follow_decision(&decision, &key);
	if (key.is_parked) {
		expect(engine_park(d.engine, &q->request) == 0, "park: an error");
		m.waiters[m.waiting++] = *q;
	}
	party_unref(q->request.party);
	settle();
}

static void aim(struct question *q, const struct nlease *lease)
{
	static const char nobody[] = "ffffffffffffffffffffffffffffffff";
	if (pick(3) == 0)
		q->request.token = lease && pick(4) ? lease->token : 1 + pick(60);
	if (pick(6) == 0)
		q->request.lock_id = lease && pick(4) ? lease->id : nobody;
}

static void set_options(struct question *q, bool may_bind)
{
	static const char *const words[] = {NULL, NULL, NULL, NULL, "one", "two"};
	struct request *r = &q->request;
	r->has_ttl = pick(2);
	r->ttl_ms = pick(6) ? 1 + pick(20000) : 0;
	r->ttl_is_explicit = pick(4);
	r->note = words[pick(6)];
	r->agent_id = words[pick(6)];
	if (may_bind && pick(5) == 0)
		r->process = some_process();
}

static void make_claim(struct question *q)
{
	struct request *r = &q->request;
	set_options(q, r->op == OP_ACQUIRE);
	snprintf(q->id, sizeof(q->id), "%032llx", (unsigned long long)++d.lock);
	if (r->op == OP_FREEZE)
		return;
	r->handle = pick(3) ? 0 : ++d.handle;
	if (pick(2) || m.waiting > WAITERS / 2)
		return;
	r->waiter = ++d.waiter;
	r->wait_until_ns = pick(3) ? d.now.mono_ns + pick(15000) * NS_PER_MS : LEASE_NEVER;
}

static void make_question(struct question *q)
{
	static const enum op ops[] = {OP_ACQUIRE, OP_ACQUIRE, OP_ACQUIRE, OP_ACQUIRE, OP_ACQUIRE,
				      OP_ACQUIRE, OP_ACQUIRE, OP_FREEZE,  OP_SET,     OP_RENEW,
				      OP_BIND,	  OP_RELEASE, OP_RELEASE, OP_RELEASE, OP_RELEASE,
				      OP_CLOSE,	  OP_UNLOCK,  OP_WITHDRAW};
	struct request *r = &q->request;
	const struct nlease *any = m.count ? &m.leases[pick((unsigned)m.count)] : NULL;
	*q = (struct question){.thing = (int)pick(NAMES), .who = read_who()};
	if (any && pick(2))
		q->thing = any->thing;
	r->op = ops[pick(sizeof(ops) / sizeof(ops[0]))];
	r->holder = q->who.chain[q->who.len > 1 && pick(2)];
	r->is_freeze = (r->op == OP_SET || r->op == OP_RENEW || r->op == OP_RELEASE) && !pick(5);
	if (r->op == OP_ACQUIRE || (r->op == OP_FREEZE && !pick(2)))
		make_claim(q);
	else if (r->op == OP_FREEZE)
		*q = (struct question){.request.op = OP_WITHDRAW, .thing = q->thing, .who = q->who};
	else if (r->op == OP_SET || r->op == OP_RENEW)
		set_options(q, true);
	r->ground = r->op == OP_RELEASE ? (enum ground)pick(3) : GROUND_PARTY;
	if (r->op == OP_SET || r->op == OP_RENEW || r->op == OP_RELEASE)
		aim(q, find(r->is_freeze, q->thing));
	const struct nlease *lease = find(false, q->thing);
	if (r->op == OP_BIND) {
		r->token = lease && pick(4) ? lease->token : 1 + pick(60);
		r->handle = lease && lease->handle && pick(2) ? lease->handle : ++d.handle;
	}
	if (r->op == OP_WITHDRAW)
		r->token = any && !pick(2) ? any->token : 1 + pick(60);
	if (r->op == OP_CLOSE || r->op == OP_UNLOCK)
		r->handle = any && any->handle ? any->handle : d.handle + 1;
	strcpy(r->resource.name, things[q->thing].name);
	r->resource.kind = resource_kind_of(r->resource.name);
}

static void ask_something(void)
{
	struct question q;
	make_question(&q);
	q.request.new_lock_id = q.id;
	ask(&q);
}

static void let_time_pass(void)
{
	int64_t ns = pick(3) ? pick(1000) * NS_PER_MS : pick(4) * NS_PER_SEC;
	d.now.mono_ns += ns;
	d.now.wall_ns += ns;
	if (pick(40) == 0)
		d.now.wall_ns += ((int64_t)pick(7200) - 3600) * NS_PER_SEC;
}

static void kill_someone(void)
{
	int i = (int)pick(PROCESSES);
	struct process process = m.living[i];
	note("step %llu: process %d dies", (unsigned long long)d.step, process.pid);
	bury(i);
	for (int w = m.waiting - 1; w >= 0; w--) {
		if (!process_is_equal(m.waiters[w].who.chain[0], process) || pick(4) == 0)
			continue;
		expect(engine_unpark(d.engine, m.waiters[w].request.waiter), "unpark");
		naive_unpark(w);
	}
	settle();
}

static void interrupt_someone(void)
{
	expect(!engine_unpark(d.engine, d.waiter + 1), "unpark of nobody");
	if (!m.waiting)
		return;
	int i = (int)pick((unsigned)m.waiting);
	note("step %llu: waiter %d goes", (unsigned long long)d.step, i);
	expect(engine_unpark(d.engine, m.waiters[i].request.waiter), "unpark");
	naive_unpark(i);
	settle();
}

/*
 * The engine is replaced by what the log makes of a new one; whose death it knows of is
 * what followed from a reboot in that log, and nothing else.
 */
static void renew_engine(void)
{
	struct engine *engine = replay();
	engine_free(d.engine);
	d.engine = engine;
	for (int i = 0; i < m.count; i++) {
		struct nlease *lease = &m.leases[i];
		unsigned living = engine_living(engine, engine_find_token(engine, lease->token));
		expect(living == 0 || living == lease->who.len, "a death that nobody told");
		for (unsigned p = 0; p < living; p++)
			expect(!is_alive(lease->who.chain[p]), "a death that did not happen");
		lease->living = living;
	}
}

/* A worker took over: those who wait come again, in their order. */
static void restart_worker(void)
{
	struct question waiters[WAITERS];
	int waiting = m.waiting;
	note("step %llu: another worker", (unsigned long long)d.step);
	memcpy(waiters, m.waiters, sizeof(waiters));
	m.waiting = 0;
	renew_engine();
	for (int i = 0; i < waiting; i++) {
		waiters[i].request.new_lock_id = waiters[i].id;
		ask(&waiters[i]);
	}
}

static void start_mount(bool is_reboot)
{
	naive_start(is_reboot, d.now);
	m.tokens_below = m.next_token + 10;
	struct event start = {.kind = EVENT_START, .tokens_below = m.tokens_below};
	memcpy(start.boot_id, d.boot, sizeof(start.boot_id));
	keep_books(start);
	begin_turn();
}

static void restart_mount(bool is_reboot)
{
	note("step %llu: %s", (unsigned long long)d.step, is_reboot ? "reboot" : "another mount");
	m.waiting = 0;
	m.config.overlap_is_allowed = pick(4) == 0;
	m.config.max_leases = 4 + pick(9);
	renew_engine();
	if (is_reboot) {
		snprintf(d.boot, sizeof(d.boot), "boot-%llu", (unsigned long long)d.step);
		d.now.wall_ns += pick(20000) * NS_PER_MS;
		d.now.mono_ns = pick(1000) * NS_PER_MS;
		for (int i = 0; i < PROCESSES; i++)
			bury(i);
	} else if (pick(4) == 0) {
		d.now.wall_ns += NS_PER_SEC * 5000;
		int64_t jump = engine_clock_jump(d.engine, d.now);
		expect(llabs(jump / NS_PER_SEC - 5000) <= 1, "the jump while nobody served");
		naive_clock(jump);
	}
	start_mount(is_reboot);
}

static void try_log(void)
{
	engine_free(replay());
	if (pick(2) || d.log.len > LOG_MAX)
		begin_log();
}

static void take_step(void)
{
	if (pick(2))
		let_time_pass();
	begin_turn();
	unsigned what = pick(1000);
	if (what < 40)
		kill_someone();
	else if (what < 70)
		interrupt_someone();
	else if (what < 72)
		restart_worker();
	else if (what < 74)
		restart_mount(false);
	else if (what < 75)
		restart_mount(true);
	else if (what < 78)
		try_log();
	else
		ask_something();
	begin_turn();
	compare_state(d.engine);
	compare_queue();
	compare_questions();
	if (d.log.len > LOG_MAX)
		try_log();
}

static void begin(void)
{
	d.random = d.seed * 2 + 1;
	d.now = (struct now){.mono_ns = NS_PER_SEC, .wall_ns = 1700000000 * NS_PER_SEC};
	strcpy(d.boot, "boot-0");
	m.config = (struct engine_config){.max_leases = 8, .default_ttl_ms = 5000, .mounter = 2000};
	m.next_token = m.tokens_below = TOKEN_FIRST;
	d.engine = engine_new(&m.config);
	expect(d.engine != NULL, "memory");
	start_mount(false);
}

int main(int argc, char **argv)
{
	const char *wanted = argc > 1 ? argv[1] : getenv("STEPS");
	uint64_t steps = wanted ? strtoull(wanted, NULL, 10) : STEPS_DEFAULT;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	d.seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)now.tv_nsec;
	printf("model_engine: %llu steps, seed %llu\n", (unsigned long long)steps,
	       (unsigned long long)d.seed);
	fflush(stdout);
	begin();
	for (d.step = 1; d.step <= steps; d.step++)
		take_step();
	engine_free(replay());
	engine_free(d.engine);
	text_release(&d.log);
	printf("%llu grants from the queue, %llu ends by themselves, %llu replays\n",
	       (unsigned long long)d.granted, (unsigned long long)d.ended,
	       (unsigned long long)d.replays);
	return d.granted && d.ended && d.replays ? 0 : 1;
}

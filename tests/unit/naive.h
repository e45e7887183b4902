/*
 * The lease engine once more, as plainly as it can be said: arrays, every question a walk
 * over all there is, nothing kept that can be asked for again. Written from the design, not
 * from fs/engine; model_engine.c holds the two against each other.
 */
#ifndef TESTS_NAIVE_H
#define TESTS_NAIVE_H

#include <string.h>

#include "engine/engine.h"

#define NAMES 12
#define CHAIN 4
#define LEASES 64
#define WAITERS 32
#define PROCESSES 12

/* kind: n plain, s shared, p path (with its decoded path, a slash behind), r repo */
static const struct thing {
	const char *name;
	char kind;
	const char *path;
} things[NAMES] = {
	{"build", 'n', ""},
	{"deploy", 'n', ""},
	{"src", 'n', ""},
	{"path:src", 'p', "src/"},
	{"path:src%2Fa", 'p', "src/a/"},
	{"path:src%2Fa%2Fx.c", 'p', "src/a/x.c/"},
	{"path:src%2Fb", 'p', "src/b/"},
	{"path:srcb", 'p', "srcb/"},
	{"issue:1", 's', ""},
	{"issue:2", 's', ""},
	{"repo:one", 'r', ""},
	{"repo:two", 'r', ""},
};

/* A caller as the kernel and /proc show it at one request. */
struct who {
	uid_t uid;
	const char *owner;
	const char *agent;
	bool owner_is_explicit;
	bool agent_is_explicit;
	unsigned len;
	struct process chain[CHAIN];
};

struct nlease {
	bool is_freeze;
	int thing;
	uint64_t token;
	char id[LOCK_ID_LEN + 1];
	struct who who;
	struct process holder, process, setter;
	const char *note, *agent;
	int64_t ttl_ms, deadline, wall_end, acquired;
	bool ttl_is_explicit;
	uint64_t handle;
	unsigned living;
	bool is_lost;
};

/* A request with all that it borrows. */
struct question {
	struct request request;
	int thing;
	struct who who;
	char id[LOCK_ID_LEN + 1];
};

static struct {
	struct engine_config config;
	struct nlease leases[LEASES];
	int count;
	struct question waiters[WAITERS]; /* in order of arrival */
	int waiting;
	struct process living[PROCESSES]; /* pid 0: that one is dead */
	uint64_t next_token;
	uint64_t tokens_below;
} m;

static bool is_alive(struct process process)
{
	for (int i = 0; i < PROCESSES; i++)
		if (process.pid && process_is_equal(m.living[i], process))
			return true;
	return false;
}

static bool overlap(int a, int b)
{
	const struct thing *x = &things[a], *y = &things[b];
	if (a == b)
		return true;
	if (x->kind == 'n' || y->kind == 'n')
		return false;
	if (x->kind == 'r' || y->kind == 'r')
		return true;
	return x->kind == 'p' && y->kind == 'p' &&
	       (strncmp(x->path, y->path, strlen(x->path)) == 0 ||
		strncmp(x->path, y->path, strlen(y->path)) == 0);
}

static struct nlease *find(bool is_freeze, int thing)
{
	for (int i = 0; i < m.count; i++)
		if (m.leases[i].is_freeze == is_freeze && m.leases[i].thing == thing)
			return &m.leases[i];
	return NULL;
}

static struct nlease *find_token(uint64_t token)
{
	for (int i = 0; i < m.count; i++)
		if (m.leases[i].token == token)
			return &m.leases[i];
	return NULL;
}

static struct nlease *find_handle(uint64_t handle)
{
	int i = 0;
	while (i < m.count && m.leases[i].handle != handle)
		i++;
	return i < m.count ? &m.leases[i] : NULL;
}

static size_t count_of(bool is_freeze)
{
	size_t n = 0;
	for (int i = 0; i < m.count; i++)
		n += m.leases[i].is_freeze == is_freeze;
	return n;
}

static bool has_process(const struct who *who, struct process process)
{
	for (unsigned i = 0; i < who->len; i++)
		if (process_is_equal(who->chain[i], process))
			return true;
	return false;
}

/* Design, "Who is who". agent: the explicit agent id of the holder, or NULL. */
static bool same_party(const struct who *holder, const char *agent, unsigned living,
		       const struct who *caller)
{
	bool same_owner = strcmp(holder->owner, caller->owner) == 0;
	if (caller->len == 0 || holder->uid != caller->uid ||
	    (agent && caller->agent_is_explicit && strcmp(agent, caller->agent) != 0))
		return false;
	if (holder->owner_is_explicit && caller->owner_is_explicit)
		return same_owner;
	return living < holder->len ? has_process(caller, holder->chain[living]) : same_owner;
}

static bool may_release(const struct nlease *lease, const struct who *caller)
{
	const char *agent = lease->who.agent_is_explicit ? lease->who.agent : NULL;
	return same_party(&lease->who, lease->agent ? lease->agent : agent, lease->living, caller);
}

/* As if nobody recorded in the lease lived: the owner's name decides. */
static bool would_be_own(const struct nlease *lease, const struct who *caller)
{
	const char *agent = lease->who.agent_is_explicit ? lease->who.agent : NULL;
	return same_party(&lease->who, lease->agent ? lease->agent : agent, lease->who.len, caller);
}

static bool is_bound(const struct nlease *lease)
{
	return lease->handle || lease->process.pid;
}

static bool is_orphan(const struct nlease *lease)
{
	return lease->is_lost || (is_bound(lease) && !lease->handle && !is_alive(lease->process));
}

/* Its TTL was set by a process that is gone, and it is bound: that TTL is to be dropped. */
static bool is_idle(const struct nlease *lease)
{
	return is_bound(lease) && lease->ttl_is_explicit && !is_alive(lease->setter);
}

static bool is_expired(const struct nlease *lease, int64_t mono_ns)
{
	return lease->deadline <= mono_ns && !is_idle(lease);
}

static bool is_stale(const struct nlease *lease)
{
	return !lease->ttl_ms && !is_bound(lease) && !lease->is_freeze &&
	       lease->living >= lease->who.len;
}

static bool has_ended(int64_t mono_ns)
{
	for (int i = 0; i < m.count; i++)
		if (is_orphan(&m.leases[i]) || is_idle(&m.leases[i]) ||
		    is_expired(&m.leases[i], mono_ns))
			return true;
	return false;
}

static bool is_frozen(int thing)
{
	for (int i = 0; i < m.count; i++)
		if (m.leases[i].is_freeze && overlap(m.leases[i].thing, thing))
			return true;
	return false;
}

/* The verdict of the leases alone on a claim. */
static enum verdict obstacle(int thing, const struct who *who)
{
	if (find(false, thing))
		return VERDICT_HELD;
	for (int i = 0; i < m.count && !m.config.overlap_is_allowed; i++)
		if (!m.leases[i].is_freeze && overlap(m.leases[i].thing, thing) &&
		    !may_release(&m.leases[i], who))
			return VERDICT_CONFLICT;
	return VERDICT_OK;
}

static bool is_before(const struct question *earlier, int thing, const struct who *who)
{
	const char *agent = earlier->who.agent_is_explicit ? earlier->who.agent : NULL;
	if (earlier->thing == thing)
		return true;
	return !m.config.overlap_is_allowed && overlap(earlier->thing, thing) &&
	       !same_party(&earlier->who, agent, 0, who);
}

/* How many of the first `arrived` waiters a claim has to let go first. */
static size_t place_behind(int arrived, int thing, const struct who *who)
{
	size_t n = 0;
	for (int i = 0; i < arrived; i++)
		n += is_before(&m.waiters[i], thing, who);
	return n;
}

/* What the queue has for this waiter at mono_ns; OK: a grant; HELD: it waits on. */
static enum verdict turn_of(int i, int64_t mono_ns)
{
	const struct question *waiter = &m.waiters[i];
	if (waiter->request.wait_until_ns <= mono_ns)
		return VERDICT_TIMED_OUT;
	if (is_frozen(waiter->thing))
		return VERDICT_FROZEN;
	if (obstacle(waiter->thing, &waiter->who) != VERDICT_OK ||
	    place_behind(i, waiter->thing, &waiter->who))
		return VERDICT_HELD;
	return count_of(false) >= m.config.max_leases ? VERDICT_TABLE_FULL : VERDICT_OK;
}

static void set_ttl(struct nlease *lease, int64_t ttl_ms, struct now now)
{
	lease->ttl_ms = ttl_ms;
	lease->deadline = ttl_ms ? now.mono_ns + ttl_ms * NS_PER_MS : LEASE_NEVER;
	lease->wall_end = ttl_ms ? now.wall_ns + ttl_ms * NS_PER_MS : 0;
}

static void drop_ttl(struct nlease *lease)
{
	lease->ttl_ms = lease->wall_end = 0;
	lease->deadline = LEASE_NEVER;
	lease->ttl_is_explicit = false;
	lease->setter = (struct process){0};
}

/* Binding does away with a TTL that nobody asked for, or nobody we could see. */
static void drop_default_ttl(struct nlease *lease)
{
	if (is_bound(lease) && !(lease->ttl_is_explicit && lease->setter.pid))
		drop_ttl(lease);
}

static struct nlease claimed(const struct question *q, uint64_t token, struct now now)
{
	const struct request *r = &q->request;
	struct nlease lease = {
		.is_freeze = r->op == OP_FREEZE,
		.thing = q->thing,
		.token = token,
		.who = q->who,
		.holder = r->holder,
		.process = r->process,
		.note = r->note,
		.agent = r->agent_id,
		.acquired = now.wall_ns,
		.handle = r->handle,
	};
	memcpy(lease.id, q->id, sizeof(lease.id));
	set_ttl(&lease, r->has_ttl ? r->ttl_ms : m.config.default_ttl_ms, now);
	lease.ttl_is_explicit = r->has_ttl && r->ttl_is_explicit && r->ttl_ms;
	if (lease.ttl_is_explicit)
		lease.setter = r->holder;
	drop_default_ttl(&lease);
	return lease;
}

/* What a request should come to: after is the lease as it becomes, or the one that ends. */
struct answer_key {
	enum verdict verdict;
	bool is_parked;
	bool has_event;
	enum event_kind kind;
	struct nlease after;
};

static struct answer_key refused(enum verdict verdict)
{
	return (struct answer_key){.verdict = verdict};
}

static struct answer_key done(enum event_kind kind, const struct nlease *after)
{
	return (struct answer_key){VERDICT_OK, false, true, kind, *after};
}

static struct answer_key naive_claim(const struct question *q, struct now now)
{
	bool is_freeze = q->request.op == OP_FREEZE;
	enum verdict verdict = is_freeze ? VERDICT_OK : obstacle(q->thing, &q->who);
	if (q->who.len == 0 && (is_freeze || !q->request.handle))
		return refused(VERDICT_FORBIDDEN);
	if (is_freeze) {
		if (find(true, q->thing))
			return refused(VERDICT_HELD);
		if (q->request.has_ttl && !q->request.ttl_ms)
			return refused(VERDICT_BAD_OPTION);
	} else {
		if (is_frozen(q->thing))
			return refused(VERDICT_FROZEN);
		if (verdict == VERDICT_OK && place_behind(m.waiting, q->thing, &q->who))
			verdict = VERDICT_HELD;
	}
	if (verdict != VERDICT_OK)
		return (struct answer_key){.verdict = verdict, .is_parked = q->request.waiter};
	if (count_of(is_freeze) >= m.config.max_leases)
		return refused(VERDICT_TABLE_FULL);
	struct nlease lease = claimed(q, m.next_token, now);
	return done(is_freeze ? EVENT_FREEZE : EVENT_ACQUIRE, &lease);
}

/* The lease that a request means; NULL with the verdict. */
static const struct nlease *meant(const struct question *q, enum verdict *verdict)
{
	const struct request *r = &q->request;
	const struct nlease *lease = find(r->is_freeze, q->thing);
	*verdict =
		r->token && (!lease || lease->token != r->token) ? VERDICT_ENDED : VERDICT_NO_LEASE;
	if (!lease || (r->token && lease->token != r->token) ||
	    (r->lock_id && strcmp(r->lock_id, lease->id) != 0))
		return NULL;
	return lease;
}

static struct answer_key naive_change(const struct question *q, struct now now)
{
	const struct request *r = &q->request;
	enum verdict verdict;
	const struct nlease *lease = meant(q, &verdict);
	if (!lease)
		return refused(verdict);
	if (r->op == OP_RENEW && !may_release(lease, &q->who))
		return refused(VERDICT_NOT_OWNER);
	if (lease->is_freeze && ((r->has_ttl && !r->ttl_ms) || r->process.pid))
		return refused(VERDICT_BAD_OPTION);
	struct nlease after = *lease;
	if (r->has_ttl) {
		bool is_holders = has_process(&q->who, lease->holder);
		after.ttl_is_explicit = r->ttl_ms != 0;
		after.setter = is_holders ? lease->holder : r->holder;
		if (!r->ttl_ms)
			after.setter = (struct process){0};
	}
	if (r->has_ttl || r->op == OP_RENEW)
		set_ttl(&after, r->has_ttl ? r->ttl_ms : lease->ttl_ms, now);
	if (r->process.pid)
		after.process = r->process;
	after.note = r->note ? r->note : lease->note;
	after.agent = r->agent_id ? r->agent_id : lease->agent;
	drop_default_ttl(&after);
	return done(r->process.pid ? EVENT_BIND : EVENT_RENEW, &after);
}

static struct answer_key naive_bind(const struct question *q)
{
	enum verdict verdict;
	const struct nlease *lease = meant(q, &verdict);
	if (!lease)
		return refused(verdict);
	if (lease->handle)
		return refused(lease->handle == q->request.handle ? VERDICT_OK : VERDICT_HELD);
	struct nlease after = *lease;
	after.handle = q->request.handle;
	if (q->request.holder.pid)
		after.holder = q->request.holder;
	drop_default_ttl(&after);
	return done(EVENT_BIND, &after);
}

static struct answer_key naive_release(const struct question *q)
{
	enum verdict verdict;
	const struct nlease *lease = meant(q, &verdict);
	const struct who *who = &q->who;
	if (!lease)
		return refused(verdict);
	if (q->request.ground == GROUND_PARTY) {
		bool may = may_release(lease, who);
		/* Bound to its process alone, that one and those below it may let go. */
		bool is_fast =
			lease->handle || (lease->process.pid && !has_process(who, lease->process));
		if (is_fast && (may || would_be_own(lease, who)))
			return refused(VERDICT_BOUND);
		if (!may)
			return refused(VERDICT_NOT_OWNER);
		return done(lease->is_freeze ? EVENT_UNFREEZE : EVENT_RELEASE, lease);
	}
	if (!who->len || (who->uid && who->uid != lease->who.uid && who->uid != m.config.mounter))
		return refused(VERDICT_NOT_OWNER);
	if (q->request.ground == GROUND_STALE)
		return is_stale(lease) ? done(EVENT_STALE_BREAK, lease)
				       : refused(VERDICT_NOT_STALE);
	return done(lease->is_freeze ? EVENT_FORCE_UNFREEZE : EVENT_FORCE_BREAK, lease);
}

static struct answer_key naive_let_go(const struct question *q)
{
	bool is_withdraw = q->request.op == OP_WITHDRAW;
	const struct nlease *lease =
		is_withdraw ? find_token(q->request.token) : find_handle(q->request.handle);
	if (!lease)
		return refused(is_withdraw ? VERDICT_ENDED : VERDICT_NO_LEASE);
	if (q->request.op == OP_CLOSE && is_alive(lease->process)) {
		struct nlease after = *lease;
		after.handle = 0;
		return done(EVENT_BIND, &after);
	}
	return done(lease->is_freeze ? EVENT_UNFREEZE : EVENT_RELEASE, lease);
}

static struct answer_key naive_decide(const struct question *q, struct now now)
{
	enum op op = q->request.op;
	if (op == OP_ACQUIRE || op == OP_FREEZE)
		return naive_claim(q, now);
	if (op == OP_SET || op == OP_RENEW)
		return naive_change(q, now);
	if (op == OP_BIND)
		return naive_bind(q);
	return op == OP_RELEASE ? naive_release(q) : naive_let_go(q);
}

static void naive_unpark(int i)
{
	m.waiting--;
	memmove(&m.waiters[i], &m.waiters[i + 1], (size_t)(m.waiting - i) * sizeof(m.waiters[0]));
}

static void naive_end(uint64_t token)
{
	struct nlease *lease = find_token(token);
	if (lease)
		*lease = m.leases[--m.count];
}

static void naive_record(const struct nlease *after)
{
	struct nlease *lease = find_token(after->token);
	if (!lease)
		lease = &m.leases[m.count++];
	*lease = *after;
	if (after->token >= m.next_token)
		m.next_token = after->token + 1;
}

/* The wall clock went this far; deadlines did not. */
static void naive_clock(int64_t delta_ns)
{
	for (int i = 0; i < m.count; i++)
		if (m.leases[i].ttl_ms)
			m.leases[i].wall_end += delta_ns;
}

/* A mount began: on a new boot every process and open file is gone, else only the files. */
static void naive_start(bool is_reboot, struct now now)
{
	for (int i = 0; i < m.count; i++) {
		struct nlease *lease = &m.leases[i];
		lease->living = is_reboot ? lease->who.len : lease->living;
		lease->is_lost = is_reboot && is_bound(lease);
		if (is_reboot && lease->ttl_ms)
			lease->deadline = lease->wall_end - now.wall_ns + now.mono_ns;
		if (lease->handle && !lease->process.pid && !is_reboot) {
			lease->is_lost = lease->who.len == 0;
			lease->process = lease->holder;
		}
		lease->handle = 0;
	}
	if (m.next_token < m.tokens_below)
		m.next_token = m.tokens_below;
}

#endif

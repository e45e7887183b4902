/*
 * A request and the state give a verdict and at most one event. One function an op;
 * nothing here changes anything.
 */
#include "engine/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What one op works on. */
struct case_at_hand {
	const struct engine *engine;
	const struct request *request;
	struct now now;
	struct decision *out;
};

static int refuse(struct decision *out, enum verdict verdict, const struct lease *blocker)
{
	out->verdict = verdict;
	out->blocker = blocker;
	return 0;
}

/* The event of a decision: `kind` about a copy of the lease. */
static int propose(const struct case_at_hand *c, enum event_kind kind, const struct lease *lease)
{
	int error = event_about(&c->out->event, kind, lease, c->now);
	if (error < 0)
		return error;
	c->out->has_event = true;
	c->out->verdict = VERDICT_OK;
	return 0;
}

/* A refused claim goes into the audit trail as what it asked for. */
static int deny(const struct case_at_hand *c, enum verdict verdict, const struct lease *blocker)
{
	struct lease *wanted = lease_from_claim(c->engine, c->request, 0, c->now);
	if (!wanted)
		return -ENOMEM;
	enum event_kind kind = verdict == VERDICT_FROZEN ? EVENT_FREEZE_DENY : EVENT_DENY;
	c->out->event = (struct event){
		.kind = kind, .at = c->now, .lease = wanted, .verdict = verdict, .count = 1};
	c->out->has_event = true;
	return refuse(c->out, verdict, blocker);
}

static int take(const struct case_at_hand *c, enum event_kind kind)
{
	struct lease *lease =
		lease_from_claim(c->engine, c->request, c->engine->next_token, c->now);
	if (!lease)
		return -ENOMEM;
	c->out->event = (struct event){.kind = kind, .at = c->now, .lease = lease};
	c->out->has_event = true;
	c->out->verdict = VERDICT_OK;
	return 0;
}

static int decide_acquire(const struct case_at_hand *c)
{
	const struct engine *engine = c->engine;
	const struct request *request = c->request;
	/* A caller we cannot see may hold only through an open file. */
	if (request->party->chain_len == 0 && request->handle == 0)
		return refuse(c->out, VERDICT_FORBIDDEN, NULL);
	const struct lease *freeze = find_freeze(engine, &request->resource);
	if (freeze)
		return deny(c, VERDICT_FROZEN, freeze);
	const struct lease *blocker = find_blocker(engine, &request->resource, request->party);
	if (!blocker && !is_behind_waiter(engine, &request->resource, request->party, NULL))
		return engine_is_full(engine, false) ? refuse(c->out, VERDICT_TABLE_FULL, NULL)
						     : take(c, EVENT_ACQUIRE);
	bool is_equal = !blocker || lease_is_of(blocker, &request->resource);
	enum verdict verdict = is_equal ? VERDICT_HELD : VERDICT_CONFLICT;
	if (!request->waiter)
		return deny(c, verdict, blocker);
	c->out->is_parked = true;
	return refuse(c->out, verdict, blocker);
}

static int decide_freeze(const struct case_at_hand *c)
{
	const struct request *request = c->request;
	struct slot *slot = find_slot(c->engine, true, request->resource.name);
	if (request->party->chain_len == 0)
		return refuse(c->out, VERDICT_FORBIDDEN, NULL);
	if (slot)
		return refuse(c->out, VERDICT_HELD, &slot->lease);
	if ((request->has_ttl && !request->ttl_ms) || request->process.pid)
		return refuse(c->out, VERDICT_BAD_OPTION, NULL);
	if (engine_is_full(c->engine, true))
		return refuse(c->out, VERDICT_TABLE_FULL, NULL);
	return take(c, EVENT_FREEZE);
}

/*
 * The lease that a request means, or a verdict. A token is a descriptor's: the lease has
 * ended under it. A lock id is a person's: no such lease.
 */
static const struct lease *meant(const struct case_at_hand *c, enum verdict *verdict)
{
	const struct request *request = c->request;
	struct slot *slot = find_slot(c->engine, request->is_freeze, request->resource.name);
	*verdict = request->token ? VERDICT_ENDED : VERDICT_NO_LEASE;
	if (!slot || (request->token && request->token != slot->lease.token))
		return NULL;
	*verdict = VERDICT_NO_LEASE;
	if (request->lock_id && strcmp(request->lock_id, slot->lease.lock_id) != 0)
		return NULL;
	return &slot->lease;
}

static int replace(char **slot, const char *value)
{
	if (!value)
		return 0;
	char *copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(*slot);
	*slot = copy;
	return 0;
}

/*
 * The process behind an explicit TTL: the lease's own holder where that one asks (guard, or
 * a command under it), else the process that outlives the call.
 */
static struct process setter_of(const struct lease *lease, const struct request *request)
{
	if (party_has_process(request->party, lease->holder))
		return lease->holder;
	return request->holder;
}

static void retime(struct lease *lease, const struct request *request, struct now now)
{
	if (request->has_ttl) {
		lease->ttl_ms = request->ttl_ms;
		lease->ttl_is_explicit = request->ttl_ms != 0;
		lease->ttl_setter =
			request->ttl_ms ? setter_of(lease, request) : (struct process){0};
	}
	if (!request->has_ttl && request->op == OP_SET)
		return;
	int64_t ttl_ns = lease->ttl_ms * NS_PER_MS;
	lease->deadline_ns = ttl_ns ? now.mono_ns + ttl_ns : LEASE_NEVER;
	lease->expires_wall_ns = ttl_ns ? now.wall_ns + ttl_ns : 0;
}

static int change(const struct case_at_hand *c, const struct lease *lease)
{
	const struct request *request = c->request;
	enum event_kind kind = request->process.pid ? EVENT_BIND : EVENT_RENEW;
	int error = propose(c, kind, lease);
	if (error < 0)
		return error;
	struct lease *changed = c->out->event.lease;
	retime(changed, request, c->now);
	if (request->process.pid)
		changed->process = request->process;
	lease_drop_idle_ttl(changed, false);
	error = replace(&changed->note, request->note);
	if (!error)
		error = replace(&changed->agent_id, request->agent_id);
	if (error < 0) {
		event_clear(&c->out->event);
		c->out->has_event = false;
	}
	return error;
}

/* SET comes through the creating descriptor, which is right enough; RENEW by the party. */
static int decide_change(const struct case_at_hand *c)
{
	const struct request *request = c->request;
	enum verdict verdict;
	const struct lease *lease = meant(c, &verdict);
	if (!lease)
		return refuse(c->out, verdict, NULL);
	if (request->op == OP_RENEW && !engine_may_release(c->engine, lease, request->party))
		return refuse(c->out, VERDICT_NOT_OWNER, lease);
	if (lease->is_freeze && ((request->has_ttl && !request->ttl_ms) || request->process.pid))
		return refuse(c->out, VERDICT_BAD_OPTION, lease);
	return change(c, lease);
}

static int decide_bind(const struct case_at_hand *c)
{
	enum verdict verdict;
	const struct lease *lease = meant(c, &verdict);
	if (!lease)
		return refuse(c->out, verdict, NULL);
	if (lease->handle == c->request->handle)
		return refuse(c->out, VERDICT_OK, lease);
	if (lease->handle)
		return refuse(c->out, VERDICT_HELD, lease);
	int error = propose(c, EVENT_BIND, lease);
	if (error < 0)
		return error;
	c->out->event.lease->handle = c->request->handle;
	if (c->request->holder.pid)
		c->out->event.lease->holder = c->request->holder;
	lease_drop_idle_ttl(c->out->event.lease, false);
	return 0;
}

static bool may_force(const struct case_at_hand *c, const struct lease *lease)
{
	const struct party *party = c->request->party;
	return party->chain_len > 0 && (party->uid == lease->party->uid || party->uid == 0 ||
					party->uid == c->engine->config.mounter);
}

/*
 * A bound lease is not ended by name, except by the very process that it is bound to alone, or
 * one below that.
 */
static bool is_held_fast(const struct lease *lease, const struct party *party)
{
	if (lease->handle)
		return true;
	return lease->process.pid && !party_has_process(party, lease->process);
}

/*
 * The holder of a bound lease lives, so a sibling is no party to it; that it is bound is the more
 * useful thing to tell whoever would be its owner by name.
 */
static enum verdict judge_by_party(const struct case_at_hand *c, const struct lease *lease)
{
	const struct party *party = c->request->party;
	bool may = engine_may_release(c->engine, lease, party);
	if (is_held_fast(lease, party) && (may || is_namesake(lease, party)))
		return VERDICT_BOUND;
	return may ? VERDICT_OK : VERDICT_NOT_OWNER;
}

static enum verdict judge_release(const struct case_at_hand *c, const struct lease *lease)
{
	if (c->request->ground == GROUND_PARTY)
		return judge_by_party(c, lease);
	if (!may_force(c, lease))
		return VERDICT_NOT_OWNER;
	if (c->request->ground == GROUND_STALE && !engine_is_stale(c->engine, lease))
		return VERDICT_NOT_STALE;
	return VERDICT_OK;
}

static int decide_release(const struct case_at_hand *c)
{
	static const enum event_kind kinds[][2] = {
		[GROUND_PARTY] = {EVENT_RELEASE, EVENT_UNFREEZE},
		[GROUND_FORCE] = {EVENT_FORCE_BREAK, EVENT_FORCE_UNFREEZE},
		[GROUND_STALE] = {EVENT_STALE_BREAK, EVENT_STALE_BREAK},
	};
	enum verdict verdict;
	const struct lease *lease = meant(c, &verdict);
	if (!lease)
		return refuse(c->out, verdict, NULL);
	verdict = judge_release(c, lease);
	if (verdict != VERDICT_OK)
		return refuse(c->out, verdict, lease);
	return propose(c, kinds[c->request->ground][lease->is_freeze], lease);
}

static int propose_end(const struct case_at_hand *c, const struct lease *lease, const char *reason)
{
	enum event_kind kind = lease->is_freeze ? EVENT_UNFREEZE : EVENT_RELEASE;
	int error = propose(c, kind, lease);
	if (error < 0)
		return error;
	c->out->event.reason = strdup(reason);
	if (c->out->event.reason)
		return 0;
	event_clear(&c->out->event);
	c->out->has_event = false;
	return -ENOMEM;
}

static int decide_close(const struct case_at_hand *c)
{
	const struct lease *lease = engine_find_handle(c->engine, c->request->handle);
	if (!lease)
		return refuse(c->out, VERDICT_NO_LEASE, NULL);
	if (c->request->op == OP_UNLOCK)
		return propose_end(c, lease, "unlocked");
	if (lease->process.pid && !slot_of(lease)->process_is_dead) {
		int error = propose(c, EVENT_BIND, lease);
		if (error == 0)
			c->out->event.lease->handle = 0;
		return error;
	}
	return propose_end(c, lease, "closed");
}

static int decide_withdraw(const struct case_at_hand *c)
{
	const struct lease *lease = engine_find_token(c->engine, c->request->token);
	if (!lease)
		return refuse(c->out, VERDICT_ENDED, NULL);
	return propose_end(c, lease, "withdrawn");
}

/* What refs and remotes say is share.c's to judge. */
static int decide_told(const struct case_at_hand *c)
{
	return decide_share(c->engine, c->request, c->now, c->out);
}

int engine_decide(const struct engine *engine, const struct request *request, struct now now,
		  struct decision *out)
{
	static int (*const rows[])(const struct case_at_hand *) = {
		[OP_ACQUIRE] = decide_acquire,	 [OP_FREEZE] = decide_freeze,
		[OP_SET] = decide_change,	 [OP_RENEW] = decide_change,
		[OP_BIND] = decide_bind,	 [OP_RELEASE] = decide_release,
		[OP_CLOSE] = decide_close,	 [OP_UNLOCK] = decide_close,
		[OP_WITHDRAW] = decide_withdraw, [OP_IMPORT] = decide_told,
		[OP_PUBLISH] = decide_told,	 [OP_LOSE] = decide_told,
	};
	struct decision decision = {.verdict = VERDICT_OK};
	struct case_at_hand c = {engine, request, now, &decision};
	int error = rows[request->op](&c);
	if (error == 0)
		*out = decision;
	return error;
}

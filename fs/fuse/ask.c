/*
 * See ask.h. Questions become requests by one row an op; who asks is the kernel's word,
 * never the JSON's. The answer's keys are request_json.h's.
 */
#include "fuse/ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuse/ask_all.h"
#include "fuse/claim.h"
#include "fuse/reply.h"
#include "host/lockid.h"
#include "lokt/layout.h"
#include "lokt/request_json.h"

/* How long a claim waits for the remote at least: nobody's directory is locked meanwhile. */
#define PATIENT_MS (10 * MS_PER_SEC)

/* How long a sync may take when who asks does not say. */
#define SYNC_MS (60 * MS_PER_SEC)

/* A question being answered. */
struct exchange {
	fuse_req_t req;
	struct mount *mount;
	struct file *file;
	struct ask ask;
	bool is_resumed; /* an earlier worker took it */
	const char *text;
	size_t size;
	struct request request;
	char lock_id[LOCK_ID_LEN + 1];
};

static void write_answer(struct file *file, const struct answer *answer, uint64_t position)
{
	text_clear(&file->out);
	answer_write(&file->out, answer);
	text_puts(&file->out, "\n");
	/* What it says is done: it must be said. */
	if (file->out.failed)
		mount_leave_to_next();
	file->read_at = 0;
	file->has_content = true;
	file->position = position;
}

/* The answer to the file: readable as soon as the disk has `position`. */
static void put_answer(struct mount *mount, struct file *file, const struct party *party,
		       const struct resource *resource, const struct outcome *out)
{
	struct answer answer = {
		.verdict = out->verdict,
		.error = out->error,
		.resource = resource,
		.lease = out->lease,
		.pid_status = "unknown",
		.wall_ns = mount->serve->now.wall_ns,
	};
	if (out->verdict == VERDICT_UNREACHABLE)
		answer.why = mount->serve->news.state.error;
	bool is_refusal = !out->error && out->verdict != VERDICT_OK;
	if (out->lease && is_refusal &&
	    engine_find_token(mount->serve->engine, out->lease->token)) {
		answer.pid_status = serve_pid_status(mount->serve, out->lease);
		answer.is_own = party && serve_is_own(mount->serve, out->lease, party);
	}
	write_answer(file, &answer, out->position);
}

static void put_verdict(struct exchange *x, enum verdict verdict)
{
	struct outcome out = {.verdict = verdict};
	put_answer(x->mount, x->file, NULL, NULL, &out);
}

static enum verdict set_process(struct exchange *x)
{
	if (!(x->ask.options.set & OPTION_PID))
		return VERDICT_OK;
	struct identity *identity = x->mount->serve->identity;
	pid_t pid = x->ask.options.pid;
	if (x->is_resumed)
		x->request.process = x->file->process;
	else if (pid == OPTION_PID_SELF)
		x->request.process = identity_process(identity, fuse_req_ctx(x->req)->pid);
	else
		x->request.process = identity_meant(identity, fuse_req_ctx(x->req)->pid, pid);
	if (!identity_is_alive(identity, x->request.process))
		return VERDICT_NO_PROCESS;
	x->request.holder = x->request.process;
	return VERDICT_OK;
}

static enum verdict set_options(struct exchange *x)
{
	const struct options *options = &x->ask.options;
	struct request *request = &x->request;
	request->has_ttl = options->set & OPTION_TTL;
	request->ttl_ms = options->ttl_ms;
	request->ttl_is_explicit = request->has_ttl;
	request->note = options->set & OPTION_NOTE ? options->note : NULL;
	request->agent_id = options->set & OPTION_AGENT_ID ? options->agent_id : NULL;
	return set_process(x);
}

/* Who asked an earlier worker waits no longer than it said then. */
static int64_t deadline_ns(const struct exchange *x, int64_t wait_ms)
{
	return x->is_resumed ? x->file->wait_until_ns
			     : x->mount->serve->now.mono_ns + wait_ms * NS_PER_MS;
}

static enum verdict prepare_claim(struct exchange *x)
{
	if (!lockid_new(x->lock_id))
		return VERDICT_UNSUPPORTED;
	x->request.op = x->ask.op == ASK_FREEZE ? OP_FREEZE : OP_ACQUIRE;
	x->request.new_lock_id = x->lock_id;
	x->request.asker = x->mount->unique;
	x->request.tell_within_ns =
		(x->ask.wait_ms > PATIENT_MS ? x->ask.wait_ms : PATIENT_MS) * NS_PER_MS;
	if (x->ask.wait_ms && x->ask.op == ASK_ACQUIRE) {
		x->request.waiter = x->mount->unique;
		x->request.wait_until_ns = deadline_ns(x, x->ask.wait_ms);
	}
	return set_options(x);
}

static enum verdict prepare_renew(struct exchange *x)
{
	x->request.op = OP_RENEW;
	x->request.asker = x->ask.wait_ms ? x->mount->unique : 0;
	x->request.tell_within_ns = x->ask.wait_ms * NS_PER_MS;
	return set_options(x);
}

static enum verdict prepare_release(struct exchange *x)
{
	x->request.op = OP_RELEASE;
	x->request.is_freeze = x->ask.op == ASK_UNFREEZE;
	x->request.ground = x->ask.force	 ? GROUND_FORCE
			    : x->ask.break_stale ? GROUND_STALE
						 : GROUND_PARTY;
	return VERDICT_OK;
}

/* Asks as a claim would; carry_out() sees to it that none is made. */
static enum verdict prepare_query(struct exchange *x)
{
	x->request.op = OP_ACQUIRE;
	return VERDICT_OK;
}

/* carry_out() asks for it. */
static enum verdict prepare_sync(struct exchange *x)
{
	(void)x;
	return VERDICT_OK;
}

static bool is_sync(const struct ask *ask)
{
	return ask->op == ASK_SYNC || ask->op == ASK_GC;
}

static enum verdict prepare(struct exchange *x)
{
	static enum verdict (*const rows[ASK_COUNT])(struct exchange *) = {
		[ASK_ACQUIRE] = prepare_claim,	  [ASK_FREEZE] = prepare_claim,
		[ASK_RENEW] = prepare_renew,	  [ASK_RELEASE] = prepare_release,
		[ASK_UNFREEZE] = prepare_release, [ASK_SYNC] = prepare_sync,
		[ASK_GC] = prepare_sync,	  [ASK_QUERY] = prepare_query,
	};
	enum verdict verdict = rows[x->ask.op](x);
	if (verdict != VERDICT_OK || x->ask.scope != ASK_ONE || is_sync(&x->ask))
		return verdict;
	if (x->ask.lock_id[0])
		x->request.lock_id = x->ask.lock_id;
	return resource_from_text(x->ask.resource, &x->request.resource);
}

/* The next worker would ask it again. */
static void keep_question(struct exchange *x, int64_t until_ns)
{
	struct file *file = x->file;
	file->waiter = x->mount->unique;
	file->wait_until_ns = until_ns;
	file->process = x->request.process;
	if (x->is_resumed)
		return;
	text_clear(&file->in);
	text_add(&file->in, x->text, x->size);
}

/* The question waits in the queue: the descriptor is remembered, and reads of it park. */
static void wait_for(struct exchange *x)
{
	if (file_set_name(x->file, x->request.resource.name) &&
	    parked_add(x->mount, WAITS_ASK, x->mount->unique, x->file->handle, NULL)) {
		keep_question(x, x->request.wait_until_ns);
		x->file->is_claiming = x->request.op != OP_RENEW;
		party_unref(x->file->party);
		x->file->party = party_ref(x->request.party);
		return;
	}
	serve_unpark(x->mount->serve, x->mount->unique);
	struct outcome out = {.error = ENOMEM};
	put_answer(x->mount, x->file, NULL, &x->request.resource, &out);
}

static void put_released(struct exchange *x)
{
	struct text names = {0};
	struct answer answer = {.verdict = VERDICT_OK};
	uint64_t position =
		ask_release_all(x->mount, x->request.party, &x->ask, &names, &answer.error);
	answer.released = names.data;
	if (names.failed)
		mount_leave_to_next();
	write_answer(x->file, &answer, position);
	text_release(&names);
}

/* Answered when it is done; reads of the descriptor wait for that. */
static void sync_or_gc(struct exchange *x)
{
	struct mount *mount = x->mount;
	int64_t limit_ms = x->ask.wait_ms ? x->ask.wait_ms : SYNC_MS;
	int64_t until_ns = deadline_ns(x, limit_ms);
	struct answer answer = {.error = ENOMEM};
	if (parked_add(mount, WAITS_ASK, mount->unique, x->file->handle, NULL)) {
		answer.error = 0;
		answer.verdict = serve_sync(mount->serve, mount->unique, x->ask.remote,
					    x->ask.op == ASK_GC, until_ns, &answer.why);
	}
	if (!answer.error && answer.verdict == VERDICT_OK) {
		keep_question(x, until_ns);
		return;
	}
	struct waiting *waiting = parked_find(&mount->parked, mount->unique);
	if (waiting)
		parked_remove(mount, waiting);
	write_answer(x->file, &answer, 0);
}

static void carry_out(struct exchange *x)
{
	enum verdict verdict = prepare(x);
	if (verdict != VERDICT_OK) {
		put_verdict(x, verdict);
		return;
	}
	if (x->ask.scope != ASK_ONE) {
		put_released(x);
		return;
	}
	if (is_sync(&x->ask)) {
		sync_or_gc(x);
		return;
	}
	struct outcome out = x->ask.op == ASK_QUERY ? serve_query(x->mount->serve, &x->request)
						    : serve_request(x->mount->serve, &x->request);
	/* What a bound lease loses to a power failure meets only dead processes. */
	if (x->request.op == OP_RENEW && out.lease && lease_is_bound(out.lease))
		out.position = 0;
	bool is_claim = x->request.op == OP_ACQUIRE || x->request.op == OP_FREEZE;
	if (is_claim && x->ask.op != ASK_QUERY && !out.error && out.verdict == VERDICT_OK &&
	    out.lease)
		x->file->claimed = out.lease->token;
	if (out.is_parked)
		wait_for(x);
	else
		put_answer(x->mount, x->file, x->request.party, &x->request.resource, &out);
}

/* The actor is for display: it may be said, where who asks may not. 0 or ENOMEM. */
static int name_actor(struct exchange *x)
{
	struct party *party = party_with_actor(x->request.party, x->ask.actor);
	party_unref(x->request.party);
	x->request.party = party;
	return party ? 0 : ENOMEM;
}

/* The errno of a question that is none; else 0, and the file has its answer or waits for it. */
static int answer(struct exchange *x, const char *bytes, size_t size)
{
	const char *why;
	if (x->file->waiter)
		return EBUSY;
	if (size > REQUEST_MAX)
		return EFBIG;
	int error = -ask_parse(bytes, size, &x->ask, &why);
	if (!error)
		error = caller_party(x->req, &x->request.party);
	if (!error && x->ask.actor[0])
		error = name_actor(x);
	if (error)
		return error;
	x->request.holder = claim_holder(x->request.party);
	x->file->has_content = false;
	carry_out(x);
	party_unref(x->request.party);
	return 0;
}

void ask_write_file(fuse_req_t req, struct file *file, const char *bytes, size_t size)
{
	struct exchange x = {
		.req = req, .mount = mount_of(req), .file = file, .text = bytes, .size = size};
	int error = answer(&x, bytes, size);
	struct reply reply = {
		.kind = error ? REPLY_ERROR : REPLY_WRITE,
		.req = req,
		.error = error,
		.written = size,
		.position = error || file->waiter ? 0 : file->position,
		.token = error ? 0 : file->claimed,
		.is_end = !error && (x.ask.op == ASK_RELEASE || x.ask.op == ASK_UNFREEZE),
	};
	file->claimed = 0;
	parked_reply(x.mount, &reply);
}

void ask_fail(struct mount *mount, struct file *file, int error)
{
	struct answer answer = {.error = error};
	(void)mount;
	file->waiter = 0;
	write_answer(file, &answer, 0);
}

void ask_resume(struct mount *mount, struct file *file)
{
	struct exchange x = {.mount = mount, .file = file, .is_resumed = true};
	const char *why;
	file->waiter = 0;
	if (ask_parse(file->in.data, file->in.len, &x.ask, &why) < 0) {
		ask_fail(mount, file, EIO);
		return;
	}
	x.request.party = file->party ? party_ref(file->party) : NULL;
	if (x.request.party)
		x.request.holder = claim_holder(x.request.party);
	carry_out(&x);
	party_unref(x.request.party);
	if (file->waiter)
		return;
	file->token = file->claimed;
	file->is_granted_unread = file->claimed != 0;
	file->claimed = 0;
}

void ask_read_file(fuse_req_t req, struct file *file, size_t size)
{
	struct mount *mount = mount_of(req);
	if (file->has_content) {
		struct reply reply = {.kind = REPLY_READ,
				      .req = req,
				      .handle = file->handle,
				      .size = size,
				      .position = file->position};
		parked_reply(mount, &reply);
		return;
	}
	struct waiting *waiting = file->waiter ? parked_find(&mount->parked, file->waiter) : NULL;
	if (!waiting) {
		fuse_reply_buf(req, NULL, 0);
		return;
	}
	if (waiting->req) {
		fuse_reply_err(req, EBUSY);
		return;
	}
	if (!parked_interruptible(req, file->waiter))
		return;
	waiting->req = req;
	waiting->size = size;
	waiting->since_ns = mount->serve->now.mono_ns;
}

/* A sync or gc is done, or has failed. */
static void sync_settled(struct mount *mount, struct file *file, const struct settled *settled)
{
	bool is_done = settled->verdict == VERDICT_OK && !settled->error;
	struct answer answer = {
		.verdict = settled->verdict,
		.error = settled->error,
		.sync = is_done ? settled->report : NULL,
		.why = is_done ? NULL : mount->serve->news.state.error,
	};
	write_answer(file, &answer, 0);
	file->waiter = 0;
}

static void send_read(struct mount *mount, const struct waiting *waiting, struct reply *reply)
{
	if (!waiting->req)
		return;
	reply->kind = REPLY_READ;
	reply->req = waiting->req;
	reply->handle = waiting->handle;
	reply->size = waiting->size;
	parked_reply(mount, reply);
}

void ask_settled(struct mount *mount, struct waiting *waiting, const struct settled *settled)
{
	struct file *file = file_find(&mount->files, waiting->handle);
	struct reply reply = {0};
	if (!file)
		return;
	if (settled->report) {
		sync_settled(mount, file, settled);
		send_read(mount, waiting, &reply);
		return;
	}
	struct outcome out = {
		.verdict = settled->verdict,
		.error = settled->error,
		.position = settled->position,
		.lease = engine_find_token(mount->serve->engine, settled->token),
	};
	bool is_granted = out.verdict == VERDICT_OK && !out.error;
	if (!is_granted)
		out.lease = engine_find(mount->serve->engine, false, file->name);
	struct resource resource = file_resource(file);
	put_answer(mount, file, file->party, &resource, &out);
	file->waiter = 0;
	file->token = settled->token;
	file->is_granted_unread = is_granted && file->is_claiming;
	reply.token = file->is_granted_unread ? settled->token : 0;
	reply.position = out.position;
	send_read(mount, waiting, &reply);
}

void ask_close(struct mount *mount, struct file *file)
{
	struct waiting *waiting = file->waiter ? parked_find(&mount->parked, file->waiter) : NULL;
	if (waiting) {
		serve_unpark(mount->serve, file->waiter);
		parked_remove(mount, waiting);
	}
	if (!file->is_granted_unread)
		return;
	struct request request = {.op = OP_WITHDRAW, .token = file->token};
	serve_request(mount->serve, &request);
}

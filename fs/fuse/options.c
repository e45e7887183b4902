/*
 * Options of a lease through its file: what is written into it, and touch -d. Who sees an
 * error through the creating descriptor holds nothing.
 */
#include <errno.h>
#include <string.h>

#include "fuse/claim.h"
#include "fuse/nodes.h"
#include "fuse/reply.h"
#include "lokt/layout.h"
#include "lokt/option_text.h"

#define TIME_BITS                                                                                  \
	(FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_ATIME_NOW |                     \
	 FUSE_SET_ATTR_MTIME_NOW | FUSE_SET_ATTR_CTIME)

static enum verdict use_options(fuse_req_t req, const struct options *options,
				struct request *request)
{
	struct identity *identity = mount_of(req)->serve->identity;
	request->has_ttl = options->set & OPTION_TTL;
	request->ttl_ms = options->ttl_ms;
	request->note = options->set & OPTION_NOTE ? options->note : NULL;
	request->agent_id = options->set & OPTION_AGENT_ID ? options->agent_id : NULL;
	if (!(options->set & OPTION_PID))
		return VERDICT_OK;
	request->process = identity_meant(identity, fuse_req_ctx(req)->pid, options->pid);
	bool is_alive = identity_is_alive(identity, request->process);
	return is_alive ? VERDICT_OK : VERDICT_NO_PROCESS;
}

/* SET through the descriptor that made the claim, RENEW by whoever may. */
static int change(fuse_req_t req, struct file *file, struct request *request)
{
	struct mount *mount = mount_of(req);
	bool is_own_hand = file->is_creator;
	request->op = is_own_hand ? OP_SET : OP_RENEW;
	request->is_freeze = node_is_freeze(node_kind(file->ino));
	request->resource = file_resource(file);
	request->token = file->token;
	int error = caller_party(req, &request->party);
	if (error)
		return error;
	request->holder = claim_holder(request->party);
	struct outcome out = serve_request(mount->serve, request);
	party_unref(request->party);
	if (!outcome_errno(&out))
		file->position = out.position;
	return outcome_errno(&out);
}

static int refuse(struct mount *mount, struct file *file, int error)
{
	text_clear(&file->in);
	file->is_partial = false;
	claim_withdraw(mount, file->handle);
	return error;
}

/* 0, or a positive errno: acts on what is there once it is whole. */
static int take(fuse_req_t req, struct file *file)
{
	struct options options;
	struct request request = {0};
	enum option_parse parse = options_parse(file->in.data, file->in.len, &options);
	file->is_partial = parse == OPTION_PARSE_INCOMPLETE;
	if (parse == OPTION_PARSE_NO_MEMORY)
		return ENOMEM;
	if (parse != OPTION_PARSE_OK)
		return parse == OPTION_PARSE_BAD ? EINVAL : 0;
	int error = verdict_row(use_options(req, &options, &request))->error;
	if (!error)
		error = change(req, file, &request);
	text_clear(&file->in);
	return error;
}

void claim_write_options(fuse_req_t req, struct file *file, const char *bytes, size_t size)
{
	int error = EFBIG;
	if (file->in.len + size <= OPTION_TEXT_MAX) {
		text_add(&file->in, bytes, size);
		error = file->in.failed ? ENOMEM : take(req, file);
	}
	file->is_truncated = false;
	if (error)
		fuse_reply_err(req, refuse(mount_of(req), file, error));
	else
		fuse_reply_write(req, size);
}

int claim_end_options(fuse_req_t req, struct file *file)
{
	struct mount *mount = mount_of(req);
	if (!file->is_partial)
		return 0;
	/* Every process that inherited the descriptor flushes it; only its maker ends the text. */
	struct process closer = identity_process(mount->serve->identity, fuse_req_ctx(req)->pid);
	if (file->opener.pid && !process_is_equal(closer, file->opener))
		return 0;
	return refuse(mount, file, EINVAL);
}

void claim_close(struct mount *mount, struct file *file)
{
	struct request request = {
		.op = OP_RENEW,
		.resource = file_resource(file),
		.token = file->token,
		.party = file->party,
	};
	if (file->is_partial)
		claim_withdraw(mount, file->handle);
	if (!file->is_truncated || file->is_partial)
		return;
	request.holder = claim_holder(file->party);
	serve_request(mount->serve, &request);
}

/* The descriptor, still open, that made this lease. */
static struct file *creator_of(struct mount *mount, uint64_t token)
{
	struct file *file, *tmp;
	HASH_ITER (hh, mount->files.by_handle, file, tmp)
		if (file->is_creator && file->token == token)
			return file;
	return NULL;
}

/* An mtime that is to come is an expiry. */
static enum verdict use_mtime(const struct mount *mount, const struct stat *attr,
			      struct request *request)
{
	struct now now = mount->serve->now;
	if (attr->st_mtim.tv_sec > now.wall_ns / NS_PER_SEC + DURATION_MAX_MS / MS_PER_SEC)
		return VERDICT_BAD_OPTION;
	if (attr->st_mtim.tv_sec < 0)
		return VERDICT_IN_PAST;
	int64_t mtime_ns = attr->st_mtim.tv_sec * NS_PER_SEC + attr->st_mtim.tv_nsec;
	if (mtime_ns <= now.wall_ns)
		return VERDICT_IN_PAST;
	request->has_ttl = true;
	request->ttl_ms = (mtime_ns - now.wall_ns + NS_PER_MS - 1) / NS_PER_MS;
	return VERDICT_OK;
}

/* touch, on what that very process has just claimed; not as another user than then. */
static int set_claim_time(fuse_req_t req, const struct lease *lease, const struct stat *attr,
			  bool is_time_given)
{
	struct mount *mount = mount_of(req);
	const struct party *maker = lease->party;
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	struct process caller = identity_process(mount->serve->identity, ctx->pid);
	if (!caller.pid || !maker->chain_len || !process_is_equal(maker->chain[0], caller) ||
	    ctx->uid != maker->uid)
		return EPERM;
	if (!is_time_given)
		return 0;
	struct request request = {
		.op = OP_SET,
		.resource = lease_resource(lease),
		.is_freeze = lease->is_freeze,
		.token = lease->token,
		.party = lease->party,
		.holder = lease->holder,
	};
	struct file *creator = creator_of(mount, lease->token);
	enum verdict verdict = use_mtime(mount, attr, &request);
	if (verdict != VERDICT_OK) {
		if (creator)
			claim_withdraw(mount, creator->handle);
		return verdict_row(verdict)->error;
	}
	struct outcome out = serve_request(mount->serve, &request);
	if (creator && !outcome_errno(&out))
		creator->position = out.position;
	return outcome_errno(&out);
}

static int renew(fuse_req_t req, const struct lease *lease, const struct stat *attr,
		 bool is_time_given)
{
	struct mount *mount = mount_of(req);
	struct request request = {
		.op = OP_RENEW, .resource = lease_resource(lease), .token = lease->token};
	enum verdict verdict = is_time_given ? use_mtime(mount, attr, &request) : VERDICT_OK;
	if (verdict != VERDICT_OK)
		return verdict_row(verdict)->error;
	int error = caller_party(req, &request.party);
	if (error)
		return error;
	request.holder = claim_holder(request.party);
	struct outcome out = serve_request(mount->serve, &request);
	party_unref(request.party);
	return outcome_errno(&out);
}

/* Only a descriptor that made the claim may be truncated, and that means nothing. */
static int truncate_claim(struct mount *mount, const struct stat *attr,
			  const struct fuse_file_info *fi)
{
	struct file *file = fi ? file_find(&mount->files, fi->fh) : NULL;
	if (!file || attr->st_size != 0)
		return EPERM;
	if (!file->is_creator && node_kind(file->ino) != NODE_RENEW)
		return EPERM;
	text_clear(&file->in);
	return 0;
}

static int set_times(fuse_req_t req, uint64_t ino, const struct stat *attr, int to_set)
{
	const struct lease *lease = node_lease(mount_of(req)->serve->engine, ino);
	bool is_time_given = (to_set & FUSE_SET_ATTR_MTIME) && !(to_set & FUSE_SET_ATTR_MTIME_NOW);
	enum node_kind kind = node_kind(ino);
	if (kind == NODE_LEASE || kind == NODE_FREEZE)
		return lease ? set_claim_time(req, lease, attr, is_time_given) : ESTALE;
	if (kind == NODE_RENEW)
		return lease ? renew(req, lease, attr, is_time_given) : ESTALE;
	return EPERM;
}

void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		struct fuse_file_info *fi)
{
	int error = 0;
	if (serve_was_done(mount_of(req)->serve, EVENT_RECORDS)) {
		reply_attr(req, ino, false);
		return;
	}
	if (to_set & ~(TIME_BITS | FUSE_SET_ATTR_SIZE))
		error = EPERM;
	if (!error && (to_set & FUSE_SET_ATTR_SIZE))
		error = truncate_claim(mount_of(req), attr, fi);
	if (!error && (to_set & TIME_BITS & ~FUSE_SET_ATTR_CTIME) && !(to_set & FUSE_SET_ATTR_SIZE))
		error = set_times(req, ino, attr, to_set);
	if (error)
		fuse_reply_err(req, error);
	else
		reply_attr(req, ino, false);
}

/*
 * flock(2): binds the lease that this very open made, and is a claim like any other for
 * every other open: it waits in the engine's queue until its turn.
 */
#include <errno.h>
#include <sys/file.h>

#include "cached.h"
#include "fuse/claim.h"
#include "fuse/nodes.h"
#include "fuse/reply.h"
#include "host/lockid.h"

/* How long a flock that may wait does so for a remote that is asked about its grant. */
#define PATIENT_NS (60 * NS_PER_SEC)

/* The lease that this open made, if it still stands. */
static struct outcome bind_own(struct mount *mount, const struct file *file)
{
	struct request request = {
		.op = OP_BIND,
		.resource = file_resource(file),
		.token = file->token,
		.handle = file->handle,
		.holder = file->opener,
	};
	return serve_request(mount->serve, &request);
}

/* fstat must show it, and the kernel may remember the old one's attributes: it is told once. */
void flock_stands_for(struct mount *mount, struct file *file, uint64_t token)
{
	file->token = token;
	if (file->is_node_forgotten || node_token(file->ino) == token)
		return;
	cached_forget_node(mount->serve, file->ino);
	file->is_node_forgotten = true;
}

/* Nobody was told of the grant: its caller was sent away by a worker that has died since. */
void flock_take_back(struct mount *mount, uint64_t handle)
{
	struct request request = {.op = OP_UNLOCK, .handle = handle};
	serve_request(mount->serve, &request);
}

static struct outcome claim_handle(fuse_req_t req, const struct file *file, bool may_wait)
{
	struct mount *mount = mount_of(req);
	struct outcome out = {0};
	char lock_id[LOCK_ID_LEN + 1];
	struct request request = {
		.op = OP_ACQUIRE,
		.resource = file_resource(file),
		.handle = file->handle,
		.new_lock_id = lock_id,
		.waiter = may_wait ? mount->unique : 0,
		.wait_until_ns = LEASE_NEVER,
		.asker = mount->unique,
		.tell_within_ns = may_wait ? PATIENT_NS : 0,
	};
	out.error = lockid_new(lock_id) ? caller_party(req, &request.party) : EIO;
	if (out.error)
		return out;
	/* flock(1) on a shell's descriptor is gone at once; who opened it holds. */
	bool is_open = identity_is_alive(mount->serve->identity, file->opener);
	if (is_open || request.party->chain_len)
		request.holder = is_open ? file->opener : request.party->chain[0];
	out = serve_request(mount->serve, &request);
	party_unref(request.party);
	return out;
}

static void lock(fuse_req_t req, struct file *file, bool may_wait)
{
	struct mount *mount = mount_of(req);
	const struct lease *held = engine_find_handle(mount->serve->engine, file->handle);
	struct outcome out = {.verdict = VERDICT_OK};
	bool is_back = held && mount->serve->is_return && held->made_by == mount->unique;
	bool is_own_claim =
		file->is_creator && engine_find_token(mount->serve->engine, file->token);
	/* Another flock on this open file has it all but confirmed. */
	if (held && serve_is_unconfirmed(mount->serve, held->token))
		out.verdict = VERDICT_HELD;
	else if (!held && is_own_claim)
		out = bind_own(mount, file);
	else if (!held || is_back)
		out = claim_handle(req, file, may_wait);
	if (out.is_parked) {
		if (parked_add(mount, WAITS_FLOCK, mount->unique, file->handle, req))
			return;
		serve_unpark(mount->serve, mount->unique);
		out.error = ENOMEM;
	}
	int error = outcome_errno(&out);
	if (!error && !held && out.lease)
		flock_stands_for(mount, file, out.lease->token);
	/* flock(2) promises this errno to whoever would not wait. */
	int told = fuse_reply_err(req, error == EBUSY ? EWOULDBLOCK : error);
	if (told == -ENOENT && !error && !held && !out.is_repeat)
		flock_take_back(mount, file->handle);
}

static void unlock(fuse_req_t req, const struct file *file)
{
	struct request request = {.op = OP_UNLOCK, .handle = file->handle};
	struct outcome out = serve_request(mount_of(req)->serve, &request);
	bool was_unlocked = out.verdict == VERDICT_NO_LEASE && !out.error;
	/* Whoever waited is told first: the one that let go has no use for the time. */
	mount_answer_settled(mount_of(req));
	fuse_reply_err(req, was_unlocked ? 0 : outcome_errno(&out));
}

void op_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, int op)
{
	struct mount *mount = mount_of(req);
	struct file *file = file_find(&mount->files, fi->fh);
	bool may_wait = !(op & LOCK_NB);
	if (!file)
		fuse_reply_err(req, EBADF);
	else if (node_kind(ino) != NODE_LEASE)
		fuse_reply_err(req, EOPNOTSUPP);
	else if ((op & ~LOCK_NB) == LOCK_UN)
		unlock(req, file);
	else if ((op & ~LOCK_NB) != LOCK_EX)
		fuse_reply_err(req, EOPNOTSUPP);
	else if (may_wait && !channel_has_room(mount))
		fuse_reply_err(req, ENOLCK);
	else if (!may_wait || parked_interruptible(req, mount->unique))
		lock(req, file, may_wait);
}

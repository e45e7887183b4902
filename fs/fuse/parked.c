/*
 * See parked.h.
 */
#include "fuse/parked.h"

#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

#include "fuse/claim.h"
#include "fuse/reply.h"

static void send_read(struct mount *mount, const struct reply *reply)
{
	struct file *file = file_find(&mount->files, reply->handle);
	if (!file || !file->has_content) {
		fuse_reply_err(reply->req, EBADF);
		return;
	}
	/* A reader that a signal took out learns nothing, so a grant is not told yet. */
	if (fuse_req_interrupted(reply->req)) {
		fuse_reply_err(reply->req, EINTR);
		return;
	}
	size_t left = file->out.len - file->read_at;
	size_t size = reply->size < left ? reply->size : left;
	reply_text(reply->req, &file->out, file->read_at, size);
	file->read_at += size;
	file->is_granted_unread = false;
}

static void send(struct mount *mount, const struct reply *reply)
{
	switch (reply->kind) {
	case REPLY_ERROR:
		fuse_reply_err(reply->req, reply->error);
		break;
	case REPLY_WRITE:
		fuse_reply_write(reply->req, reply->written);
		break;
	case REPLY_CREATE:
		/* The caller is gone and was told nothing: it holds nothing. */
		if (fuse_reply_create(reply->req, &reply->entry, &reply->info) == -ENOENT)
			claim_undo(mount, reply->token, reply->handle);
		break;
	case REPLY_READ:
		send_read(mount, reply);
		break;
	}
}

void parked_reply(struct mount *mount, const struct reply *reply)
{
	if (!mount->is_durable || reply->position <= mount->synced) {
		send(mount, reply);
		return;
	}
	struct reply *copy = malloc(sizeof(*copy));
	/* What it answers is done, so an error would be a lie. */
	if (!copy)
		mount_leave_to_next();
	*copy = *reply;
	DL_APPEND(mount->parked.replies, copy);
}

uint64_t parked_wanted(const struct parked *parked)
{
	uint64_t wanted = 0;
	const struct reply *reply;
	DL_FOREACH (parked->replies, reply)
		if (reply->position > wanted)
			wanted = reply->position;
	return wanted;
}

/* The page may be lost, so what it held was not acknowledged and is taken back. */
static void fail(struct mount *mount, struct reply *reply)
{
	if (reply->is_end) {
		send(mount, reply);
		return;
	}
	claim_undo(mount, reply->token, reply->kind == REPLY_CREATE ? reply->handle : 0);
	fuse_reply_err(reply->req, EIO);
}

void parked_synced(struct mount *mount, uint64_t position, int error)
{
	struct reply *reply, *tmp;
	DL_FOREACH_SAFE (mount->parked.replies, reply, tmp) {
		if (!error && reply->position > position)
			continue;
		DL_DELETE(mount->parked.replies, reply);
		if (error)
			fail(mount, reply);
		else
			send(mount, reply);
		free(reply);
	}
}

static void count_flock(struct mount *mount, const struct waiting *waiting, int change)
{
	struct file *file = file_find(&mount->files, waiting->handle);
	if (file && waiting->kind == WAITS_FLOCK)
		file->flocks += (unsigned)change;
}

struct waiting *parked_add(struct mount *mount, enum waiting_kind kind, uint64_t waiter,
			   uint64_t handle, fuse_req_t req)
{
	struct parked *parked = &mount->parked;
	struct waiting *waiting = calloc(1, sizeof(*waiting));
	if (!waiting)
		return NULL;
	waiting->kind = kind;
	waiting->waiter = waiter;
	waiting->handle = handle;
	waiting->req = req;
	waiting->since_ns = mount->serve->now.mono_ns;
	/* It waited for the last worker, too; how long is not known. */
	if (mount->serve->is_return)
		waiting->since_ns -= mount->wait_limit_ns / 2;
	HASH_ADD(hh, parked->waiting, waiter, sizeof(uint64_t), waiting);
	count_flock(mount, waiting, 1);
	return waiting;
}

struct waiting *parked_find(const struct parked *parked, uint64_t waiter)
{
	struct waiting *waiting;
	HASH_FIND(hh, parked->waiting, &waiter, sizeof(waiter), waiting);
	return waiting;
}

void parked_remove(struct mount *mount, struct waiting *waiting)
{
	count_flock(mount, waiting, -1);
	HASH_DELETE(hh, mount->parked.waiting, waiting);
	free(waiting->creating);
	free(waiting);
}

/* A claim leaves the queue; a request file's waits on until the descriptor is closed. */
static void interrupt(struct mount *mount, struct waiting *waiting, int error)
{
	fuse_req_t req = waiting->req;
	bool is_ask = waiting->kind == WAITS_ASK;
	/* Granted in this very turn: the answer is on its way and must be the only one. */
	if (!is_ask && !serve_unpark(mount->serve, waiting->waiter))
		return;
	waiting->req = NULL;
	if (!is_ask)
		parked_remove(mount, waiting);
	fuse_reply_err(req, error);
}

/*
 * libfuse calls this also from fuse_req_interrupt_func(), where the request must not be
 * answered: nothing waits then yet, so nothing is found.
 */
static void on_interrupt(fuse_req_t req, void *data)
{
	struct mount *mount = mount_of(req);
	struct waiting *waiting = parked_find(&mount->parked, (uint64_t)(uintptr_t)data);
	if (waiting && waiting->req == req)
		interrupt(mount, waiting, EINTR);
}

bool parked_interruptible(fuse_req_t req, uint64_t waiter)
{
	fuse_req_interrupt_func(req, on_interrupt, (void *)(uintptr_t)waiter);
	if (!fuse_req_interrupted(req))
		return true;
	fuse_reply_err(req, EINTR);
	return false;
}

int64_t parked_refresh(struct mount *mount)
{
	struct waiting *waiting, *tmp;
	int64_t next_ns = LEASE_NEVER;
	if (!mount->wait_limit_ns)
		return next_ns;
	HASH_ITER (hh, mount->parked.waiting, waiting, tmp) {
		int64_t at_ns = waiting->since_ns + mount->wait_limit_ns;
		if (waiting->req && at_ns <= mount->serve->now.mono_ns)
			interrupt(mount, waiting, waiting->kind == WAITS_ASK ? EINTR : ETIMEDOUT);
		else if (waiting->req && at_ns < next_ns)
			next_ns = at_ns;
	}
	return next_ns;
}

void parked_release(struct mount *mount)
{
	struct parked *parked = &mount->parked;
	struct waiting *waiting, *tmp;
	struct reply *reply, *next;
	HASH_ITER (hh, parked->waiting, waiting, tmp) {
		if (waiting->req)
			fuse_reply_err(waiting->req, ENOTCONN);
		parked_remove(mount, waiting);
	}
	DL_FOREACH_SAFE (parked->replies, reply, next) {
		DL_DELETE(parked->replies, reply);
		fuse_reply_err(reply->req, EIO);
		free(reply);
	}
}

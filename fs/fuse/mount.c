/*
 * See mount.h: what the loop tells the parked requests once a turn is over.
 */
#include "fuse/mount.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuse/ask.h"
#include "fuse/claim.h"
#include "fuse/reply.h"

_Noreturn void mount_leave_to_next(void)
{
	fputs("loktfs: out of memory; the next worker goes on\n", stderr);
	abort();
}

void mount_answer_open(struct mount *mount, fuse_req_t req, const struct fuse_file_info *info,
		       struct file *file)
{
	if (fuse_reply_open(req, info) == -ENOENT && !mount->serve->is_return)
		file_free(&mount->files, file);
}

/* Threads (or forks) that wait on the same open file hold it together once one does. */
static void answer_companions(struct mount *mount, const struct waiting *granted)
{
	struct waiting *waiting, *tmp;
	HASH_ITER (hh, mount->parked.waiting, waiting, tmp) {
		if (waiting == granted || waiting->kind != WAITS_FLOCK ||
		    waiting->handle != granted->handle ||
		    !serve_unpark(mount->serve, waiting->waiter))
			continue;
		fuse_reply_err(waiting->req, 0);
		parked_remove(mount, waiting);
	}
}

static void answer_flock(struct mount *mount, struct waiting *waiting,
			 const struct settled *settled)
{
	struct outcome out = {.verdict = settled->verdict, .error = settled->error};
	struct file *file = file_find(&mount->files, waiting->handle);
	if (file && !outcome_errno(&out))
		flock_stands_for(mount, file, settled->token);
	if (fuse_reply_err(waiting->req, outcome_errno(&out)) == -ENOENT) {
		if (!outcome_errno(&out))
			flock_take_back(mount, waiting->handle);
		return;
	}
	if (file && file->flocks > 1 && !outcome_errno(&out))
		answer_companions(mount, waiting);
}

static void answer(struct mount *mount, const struct settled *settled)
{
	static void (*const rows[])(struct mount *, struct waiting *, const struct settled *) = {
		[WAITS_ASK] = ask_settled,
		[WAITS_FLOCK] = answer_flock,
		[WAITS_CREATE] = claim_settled,
	};
	struct waiting *waiting = parked_find(&mount->parked, settled->waiter);
	if (!waiting)
		return;
	rows[waiting->kind](mount, waiting, settled);
	parked_remove(mount, waiting);
}

void mount_answer_settled(struct mount *mount)
{
	struct settled settled;
	while (serve_take_settled(mount->serve, &settled)) {
		answer(mount, &settled);
		free(settled.report);
	}
}

void mount_synced(struct mount *mount, uint64_t position, int error)
{
	if (!error)
		mount->synced = position;
	parked_synced(mount, position, error);
}

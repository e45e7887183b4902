/*
 * See mount.h: what the loop tells the parked requests once a turn is over.
 */
#include "fuse/mount.h"

#include <errno.h>

#include "fuse/ask.h"
#include "fuse/reply.h"

static void answer_flock(struct mount *mount, struct waiting *waiting,
			 const struct settled *settled)
{
	struct outcome out = {.verdict = settled->verdict, .error = settled->error};
	struct file *file = file_find(&mount->files, waiting->handle);
	if (file && !outcome_errno(&out))
		file->token = settled->token;
	fuse_reply_err(waiting->req, outcome_errno(&out));
}

static void answer(struct mount *mount, const struct settled *settled)
{
	struct waiting *waiting = parked_find(&mount->parked, settled->waiter);
	if (!waiting)
		return;
	if (waiting->is_flock)
		answer_flock(mount, waiting, settled);
	else
		ask_settled(mount, waiting, settled);
	parked_remove(&mount->parked, waiting);
}

void mount_answer_settled(struct mount *mount)
{
	const struct settled *list;
	size_t len = serve_take_settled(mount->serve, &list);
	for (size_t i = 0; i < len; i++)
		answer(mount, &list[i]);
}

void mount_synced(struct mount *mount, uint64_t position, int error)
{
	if (!error)
		mount->synced = position;
	parked_synced(mount, position, error);
}

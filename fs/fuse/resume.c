/*
 * Taking a mount over from a worker that has died, or from an older program; see channel.h.
 * Requests and waits come back in order of their numbers, which is that of their arrival.
 */
#include <errno.h>
#include <linux/fuse.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuse/ask.h"
#include "fuse/channel.h"
#include "fuse/mount.h"

/* A request that so many workers in a row died of is answered with EIO. */
#define DEATHS_MAX 3

struct item {
	uint64_t unique;
	uint64_t handle; /* a request file that waits; 0: a request of the kernel's */
};

/* Says the kernel's hello again to libfuse, and compares what it would answer. */
static int repeat_hello(struct mount *mount)
{
	struct channel *channel = &mount->channel;
	struct area_head *head = channel->area->head;
	char hello[AREA_INIT_MAX];
	struct fuse_buf buffer = {.mem = hello, .size = head->init_len};
	if (!head->init_len)
		return 0;
	memcpy(hello, head->init, head->init_len);
	channel->is_silent = true;
	fuse_session_process_buf(mount->session, &buffer);
	channel->is_silent = false;
	return channel->is_mismatch || !mount->is_live ? -EPROTO : 0;
}

int channel_probe(struct mount *mount)
{
	int error = repeat_hello(mount);
	return error ? error : files_restore(&mount->files);
}

/* The request in the slot is kept like those that were put aside; that empties the slot. */
static int set_aside(struct channel *channel)
{
	struct area *area = channel->area;
	const struct fuse_in_header *header = (const struct fuse_in_header *)area->slot;
	bool is_there = area->head->request_commit == keep_commits(&channel->keep) + 1 &&
			header->len >= sizeof(*header) && header->len <= AREA_SLOT_BYTES;
	if (!is_there)
		return 0;
	/* The hello was answered if it was noted: it is said again. */
	if (header->opcode == FUSE_INIT && area->head->init_len)
		return 0;
	int error = keep_put(&channel->keep, KEEP_REQUEST, header->unique, header, header->len);
	if (!error)
		keep_commit(&channel->keep);
	return error;
}

/* The last worker died of what it was at. */
static void count_death(struct area_head *head)
{
	if (!head->begun)
		return;
	head->deaths = head->begun == head->fatal ? head->deaths + 1 : 1;
	head->fatal = head->begun;
	head->begun = 0;
}

static bool is_deadly(const struct area_head *head, uint64_t unique)
{
	return head->fatal == unique && head->deaths >= DEATHS_MAX;
}

static void refuse(struct channel *channel, uint64_t unique)
{
	struct fuse_out_header out = {.len = sizeof(out), .error = -EIO, .unique = unique};
	/* ENOENT: it was answered */
	if (write(channel->fd, &out, sizeof(out)) < 0 && errno != ENOENT)
		return;
	keep_drop(&channel->keep, KEEP_REQUEST, unique);
}

static void serve_again(struct mount *mount, uint64_t unique)
{
	struct channel *channel = &mount->channel;
	struct text bytes = {0};
	keep_get(&channel->keep, KEEP_REQUEST, unique, &bytes);
	if (bytes.failed || is_deadly(channel->area->head, unique)) {
		refuse(channel, unique);
	} else if (bytes.len >= sizeof(struct fuse_in_header)) {
		channel->request = bytes.data;
		channel_serve(mount);
	}
	mount_answer_settled(mount);
	channel_commit(mount);
	text_release(&bytes);
}

static void wait_again(struct mount *mount, const struct item *item)
{
	struct area_head *head = mount->channel.area->head;
	struct file *file = file_find(&mount->files, item->handle);
	mount->unique = mount->serve->unique = item->unique;
	if (is_deadly(head, item->unique)) {
		ask_fail(mount, file, EIO);
	} else {
		head->begun = item->unique;
		ask_resume(mount, file);
	}
	mount_answer_settled(mount);
	channel_commit(mount);
}

static int compare(const void *a, const void *b)
{
	const struct item *left = a, *right = b;
	return (left->unique > right->unique) - (left->unique < right->unique);
}

static int collect(struct mount *mount, struct item **items, size_t *len)
{
	struct file *file, *tmp;
	size_t requests;
	uint64_t *uniques = keep_keys(&mount->channel.keep, KEEP_REQUEST, &requests);
	struct item *list =
		calloc(requests + HASH_COUNT(mount->files.by_handle) + 1, sizeof(*list));
	*len = 0;
	for (size_t i = 0; uniques && list && i < requests; i++)
		list[(*len)++].unique = uniques[i];
	if (list) {
		HASH_ITER (hh, mount->files.by_handle, file, tmp)
			if (file->waiter)
				list[(*len)++] = (struct item){file->waiter, file->handle};
		qsort(list, *len, sizeof(*list), compare);
	}
	bool is_whole = uniques && list;
	free(uniques);
	*items = list;
	return is_whole ? 0 : -ENOMEM;
}

int channel_resume(struct mount *mount, void (*turn)(struct mount *mount))
{
	struct channel *channel = &mount->channel;
	struct item *items = NULL;
	size_t len = 0;
	int error = repeat_hello(mount);
	if (!error)
		error = set_aside(channel);
	if (!error)
		error = files_restore(&mount->files);
	if (!error)
		error = collect(mount, &items, &len);
	count_death(channel->area->head);
	mount->serve->is_return = true;
	for (size_t i = 0; !error && i < len; i++) {
		turn(mount);
		if (items[i].handle)
			wait_again(mount, &items[i]);
		else
			serve_again(mount, items[i].unique);
	}
	mount->serve->is_return = false;
	free(items);
	return error;
}

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
	bool is_in_slot; /* which was read last */
};

/* What every kernel says at least: version, readahead, flags. */
#define HELLO_MIN (sizeof(struct fuse_in_header) + 4 * sizeof(uint32_t))

/* libfuse does not look whether it is all there. */
static bool is_hello(const struct area_head *head)
{
	struct fuse_in_header header;
	memcpy(&header, head->init, sizeof(header));
	return head->init_len >= HELLO_MIN && head->init_len <= AREA_INIT_MAX &&
	       header.len == head->init_len && header.opcode == FUSE_INIT;
}

/* Says the kernel's hello again to libfuse, and compares what it would answer. */
static int repeat_hello(struct mount *mount)
{
	struct channel *channel = &mount->channel;
	struct area_head *head = channel->area->head;
	char hello[AREA_INIT_MAX] = {0};
	struct fuse_buf buffer = {.mem = hello, .size = head->init_len};
	if (!head->init_len)
		return 0;
	if (!is_hello(head))
		return -EPROTO;
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

/* The request in the slot is not answered yet. */
static bool is_slot_taken(const struct channel *channel)
{
	const struct area *area = channel->area;
	const struct fuse_in_header *header = (const struct fuse_in_header *)area->slot;
	bool is_there = area->head->request_commit > keep_commits(&channel->keep) &&
			header->len >= sizeof(*header) && header->len <= AREA_SLOT_BYTES;
	/* The hello was answered if it was noted: it is said again. */
	return is_there && !(header->opcode == FUSE_INIT && area->head->init_len);
}

/*
 * It stays where it is, however many commits come before its turn: there may be no room to keep it
 * elsewhere.
 */
static void hold_slot(struct channel *channel)
{
	__atomic_store_n(&channel->area->head->request_commit, UINT64_MAX, __ATOMIC_RELEASE);
}

static void let_go_slot(struct channel *channel, uint64_t until_commit)
{
	__atomic_store_n(&channel->area->head->request_commit, until_commit, __ATOMIC_RELEASE);
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

static bool is_whole(const struct text *bytes, uint64_t unique)
{
	const struct fuse_in_header *header = (const struct fuse_in_header *)bytes->data;
	return !bytes->failed && bytes->len >= sizeof(*header) && header->len == bytes->len &&
	       header->unique == unique;
}

static void serve_slot(struct mount *mount, uint64_t unique)
{
	struct channel *channel = &mount->channel;
	if (is_deadly(channel->area->head, unique)) {
		refuse(channel, unique);
		let_go_slot(channel, 0);
	} else {
		let_go_slot(channel, keep_commits(&channel->keep) + 1);
		channel_serve(mount);
	}
	mount_answer_settled(mount);
	channel_commit(mount);
}

static void serve_again(struct mount *mount, uint64_t unique)
{
	struct channel *channel = &mount->channel;
	struct text bytes = {0};
	keep_get(&channel->keep, KEEP_REQUEST, unique, &bytes);
	if (!is_whole(&bytes, unique) || is_deadly(channel->area->head, unique)) {
		refuse(channel, unique);
	} else {
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

static uint64_t unique_in_slot(const struct channel *channel)
{
	return ((const struct fuse_in_header *)channel->area->slot)->unique;
}

static int collect(struct mount *mount, struct item **items, size_t *len)
{
	struct file *file, *tmp;
	size_t requests;
	uint64_t *uniques = keep_keys(&mount->channel.keep, KEEP_REQUEST, &requests);
	struct item *list =
		calloc(requests + HASH_COUNT(mount->files.by_handle) + 2, sizeof(*list));
	*len = 0;
	for (size_t i = 0; uniques && list && i < requests; i++)
		list[(*len)++].unique = uniques[i];
	if (list) {
		if (is_slot_taken(&mount->channel))
			list[(*len)++] = (struct item){.unique = unique_in_slot(&mount->channel),
						       .is_in_slot = true};
		HASH_ITER (hh, mount->files.by_handle, file, tmp)
			if (file->waiter)
				list[(*len)++] = (struct item){.unique = file->waiter,
							       .handle = file->handle};
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
	if (!error && is_slot_taken(channel))
		hold_slot(channel);
	if (!error)
		error = files_restore(&mount->files);
	if (!error)
		error = collect(mount, &items, &len);
	count_death(channel->area->head);
	mount->serve->is_return = true;
	for (size_t i = 0; !error && i < len; i++) {
		turn(mount);
		if (items[i].is_in_slot)
			serve_slot(mount, items[i].unique);
		else if (items[i].handle)
			wait_again(mount, &items[i]);
		else
			serve_again(mount, items[i].unique);
	}
	mount->serve->is_return = false;
	free(items);
	return error;
}

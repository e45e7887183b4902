/* See channel.h. Taking up what another worker left is resume.c's. */
#include "fuse/channel.h"

#include <errno.h>
#include <linux/fuse.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cached.h"
#include "fuse/catchup.h"
#include "fuse/mount.h"
#include "host/fault.h"

static uint64_t unique_of(const char *request)
{
	return ((const struct fuse_in_header *)request)->unique;
}

static uint32_t opcode_of(const char *request)
{
	return ((const struct fuse_in_header *)request)->opcode;
}

/* The kernel waits for no answer to these. */
static bool wants_answer(uint32_t opcode)
{
	return opcode != FUSE_FORGET && opcode != FUSE_BATCH_FORGET && opcode != FUSE_INTERRUPT;
}

static size_t gather(const struct iovec *iov, int count, char *out, size_t room)
{
	size_t len = 0;
	for (int i = 0; i < count; i++) {
		if (iov[i].iov_len > room - len)
			return 0;
		memcpy(out + len, iov[i].iov_base, iov[i].iov_len);
		len += iov[i].iov_len;
	}
	return len;
}

/* How the connection was begun, for those who take it over. */
static void note_hello(struct channel *channel, const struct iovec *iov, int count)
{
	struct area_head *head = channel->area->head;
	const struct fuse_in_header *header = (const void *)channel->request;
	head->init_reply_len = gather(iov, count, head->init_reply, AREA_INIT_MAX);
	if (!head->init_reply_len || header->len > AREA_INIT_MAX)
		return;
	memcpy(head->init, channel->request, header->len);
	__atomic_store_n(&head->init_len, header->len, __ATOMIC_RELEASE);
}

static ssize_t swallow(struct channel *channel, const struct iovec *iov, int count)
{
	const struct area_head *head = channel->area->head;
	char reply[AREA_INIT_MAX];
	size_t len = gather(iov, count, reply, sizeof(reply));
	channel->is_mismatch |=
		len != head->init_reply_len || memcmp(reply, head->init_reply, len) != 0;
	return (ssize_t)len;
}

/* What the kernel remembers, and the answer that is sent next would contradict. */
static void forget(struct mount *mount)
{
	struct file *file, *tmp;
	if (cached_take_all_due(mount->serve))
		HASH_ITER (hh, mount->files.by_handle, file, tmp)
			cached_forget_node(mount->serve, file->ino);
	cached_flush(mount->serve);
}

static ssize_t on_write(int fd, struct iovec *iov, int count, void *userdata)
{
	struct mount *mount = userdata;
	struct channel *channel = &mount->channel;
	const struct fuse_out_header *out = iov[0].iov_base;
	if (channel->is_silent)
		return swallow(channel, iov, count);
	forget(mount);
	if (channel->request && out->unique == unique_of(channel->request)) {
		channel->is_answered = true;
		if (opcode_of(channel->request) == FUSE_INIT)
			note_hello(channel, iov, count);
	}
	keep_drop(&channel->keep, KEEP_REQUEST, out->unique);
	(void)fault_at(FAULT_REPLY);
	ssize_t len = writev(fd, iov, count);
	int error = errno;
	(void)fault_at(FAULT_REPLY);
	errno = error;
	return len;
}

/* libfuse wants it; the loop reads by channel_receive(). */
static ssize_t on_read(int fd, void *bytes, size_t len, void *userdata)
{
	(void)userdata;
	return read(fd, bytes, len);
}

int channel_open(struct mount *mount, int fd, struct area *area)
{
	static const struct fuse_custom_io io = {.writev = on_write, .read = on_read};
	struct channel *channel = &mount->channel;
	*channel = (struct channel){.fd = fd, .area = area};
	int error = keep_open(&channel->keep, area->keep, area->keep_size);
	if (error)
		return error;
	mount->files.keep = &channel->keep;
	error = fuse_session_custom_io(mount->session, &io, fd);
	return error < 0 ? error : 0;
}

void channel_close(struct mount *mount)
{
	keep_close(&mount->channel.keep);
	mount->files.keep = NULL;
}

int channel_receive(struct mount *mount)
{
	struct channel *channel = &mount->channel;
	struct area *area = channel->area;
	struct fuse_in_header *header = (struct fuse_in_header *)area->slot;
	/* Emptied first, so that the last request is not taken for the next one. Then the kernel
	 * fills it in: what was read is there, or nothing was. */
	__atomic_store_n(&header->len, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&area->head->request_commit, keep_commits(&channel->keep) + 1,
			 __ATOMIC_RELEASE);
	ssize_t len = read(channel->fd, area->slot, AREA_SLOT_BYTES);
	if (len < 0)
		return errno == ENODEV ? 0 : -errno;
	(void)fault_at(FAULT_RECEIVE);
	return (size_t)len < sizeof(*header) ? -EIO : (int)len;
}

void channel_serve(struct mount *mount)
{
	struct channel *channel = &mount->channel;
	if (!channel->request)
		channel->request = channel->area->slot;
	const struct fuse_in_header *header = (const struct fuse_in_header *)channel->request;
	struct fuse_buf buffer = {.mem = (void *)channel->request, .size = header->len};
	channel->is_answered = false;
	mount->unique = header->unique;
	mount->serve->unique = header->unique;
	channel->area->head->begun = header->unique;
	fault_request(header, header->len);
	catchup_for(mount, header);
	catchup_entry(mount, header);
	fuse_session_process_buf(mount->session, &buffer);
}

static void keep_unanswered(struct channel *channel)
{
	const struct fuse_in_header *header = (const struct fuse_in_header *)channel->request;
	if (channel->is_answered || !wants_answer(header->opcode) ||
	    keep_has(&channel->keep, KEEP_REQUEST, header->unique))
		return;
	/* Room was asked for before anybody waits; without it this worker's death is noticed. */
	keep_put(&channel->keep, KEEP_REQUEST, header->unique, header, header->len);
}

void channel_commit(struct mount *mount)
{
	struct channel *channel = &mount->channel;
	if (channel->request) {
		keep_unanswered(channel);
		channel->area->head->served++;
	}
	forget(mount);
	files_keep(&mount->files);
	(void)fault_at(FAULT_COMMIT);
	channel->area->head->begun = 0;
	if (channel->request || channel->keep.changed)
		keep_commit(&channel->keep);
	(void)fault_at(FAULT_COMMIT);
	channel->request = NULL;
	mount->serve->unique = 0;
}

bool channel_has_room(const struct mount *mount)
{
	return keep_has_room(&mount->channel.keep, AREA_SLOT_BYTES);
}

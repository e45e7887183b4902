/* See reply.h. */
#include "fuse/reply.h"

#include <errno.h>
#include <stdlib.h>

#include "cached.h"
#include "fuse/nodes.h"
#include "fuse/render.h"

int outcome_errno(const struct outcome *outcome)
{
	return outcome->error ? outcome->error : verdict_row(outcome->verdict)->error;
}

/*
 * fstat comes without its handle. When a handle opened on this inode has since been granted
 * the name's next lease, the answer is that lease's. And when none is open on it, who asks has just
 * looked up the name: the lease was handed on in between, and may be again while the kernel looks up
 * once more, which it does once only. ESTALE then would say to [ -e ] that nobody holds it.
 */
static const struct lease *successor(struct mount *mount, uint64_t ino)
{
	const struct file *file, *tmp;
	if (node_kind(ino) != NODE_LEASE)
		return NULL;
	HASH_ITER (hh, mount->files.by_handle, file, tmp) {
		if (file->ino != ino)
			continue;
		const struct lease *lease = engine_find(mount->serve->engine, false, file->name);
		bool is_here = lease && files_has_handle_on(&mount->files, lease->handle, ino);
		return is_here ? lease : NULL;
	}
	const struct resource *ended = engine_find_ended(mount->serve->engine, node_token(ino));
	return ended ? engine_find(mount->serve->engine, false, ended->name) : NULL;
}

bool fill_attr(struct mount *mount, uint64_t ino, struct stat *attr)
{
	const struct fixed_node *fixed = node_fixed(ino);
	if (fixed) {
		node_fixed_attr(fixed, mount->uid, mount->gid, mount->since, attr);
		attr->st_size += render_fixed_size(mount, ino);
		return true;
	}
	if (node_queue(mount->serve->engine, ino)) {
		node_queue_attr(ino, mount->uid, mount->gid, attr);
		return true;
	}
	const struct lease *lease = node_lease(mount->serve->engine, ino);
	uint64_t shown = ino;
	if (!lease) {
		lease = successor(mount, ino);
		shown = lease ? lease->token : ino;
	}
	if (!lease)
		return false;
	node_lease_attr(shown, lease, attr);
	attr->st_size = render_lease_size(lease);
	return true;
}

static double seconds(int64_t ns)
{
	return (double)ns / (double)NS_PER_SEC;
}

/*
 * How long the kernel may remember a node's attributes, and a lease's entry, in seconds. A
 * control file's size changes; other entries than the lease's own are not worth it.
 */
static double timeout(struct mount *mount, uint64_t ino)
{
	const struct fixed_node *fixed = node_fixed(ino);
	const struct lease *lease =
		node_kind(ino) == NODE_LEASE ? node_lease(mount->serve->engine, ino) : NULL;
	if (fixed && !S_ISREG(fixed->mode))
		return seconds(cached_span_fixed(mount->serve));
	return lease ? seconds(cached_span(mount->serve, lease)) : 0;
}

bool fill_entry(struct mount *mount, uint64_t ino, struct fuse_entry_param *entry)
{
	*entry = (struct fuse_entry_param){.ino = ino, .generation = 1};
	if (!fill_attr(mount, ino, &entry->attr))
		return false;
	entry->attr_timeout = timeout(mount, ino);
	entry->entry_timeout =
		node_fixed(ino) ? seconds(cached_span_fixed(mount->serve)) : entry->attr_timeout;
	return true;
}

void reply_no_entry(fuse_req_t req, uint64_t parent, const char *name)
{
	struct mount *mount = mount_of(req);
	struct fuse_entry_param none = {0};
	if (parent == INO_ROOT)
		none.entry_timeout = seconds(cached_span_free(mount->serve, name));
	if (none.entry_timeout > 0)
		fuse_reply_entry(req, &none);
	else
		fuse_reply_err(req, ENOENT);
}

void reply_attr(fuse_req_t req, uint64_t ino, bool may_remember)
{
	struct stat attr;
	if (fill_attr(mount_of(req), ino, &attr))
		fuse_reply_attr(req, &attr, may_remember ? timeout(mount_of(req), ino) : 0);
	else
		fuse_reply_err(req, ESTALE);
}

void reply_text(fuse_req_t req, const struct text *text, size_t offset, size_t size)
{
	if (offset >= text->len)
		fuse_reply_buf(req, NULL, 0);
	else if (size > text->len - offset)
		fuse_reply_buf(req, text->data + offset, text->len - offset);
	else
		fuse_reply_buf(req, text->data + offset, size);
}

int caller_party(fuse_req_t req, struct party **party)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	int error = identity_read(mount_of(req)->serve->identity, ctx->pid, ctx->uid, party);
	if (error < 0)
		return -error;
	(*party)->gid = ctx->gid;
	return 0;
}

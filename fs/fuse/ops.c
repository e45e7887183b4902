/*
 * The kernel's requests, one function each, in the order a path is walked: look-up,
 * attributes, directories, files. Claims are claim.c's, the request file is ask.c's.
 */
#include <errno.h>
#include <linux/fuse.h>
#include <stdlib.h>
#include <string.h>

#include "cached.h"
#include "fuse/ask.h"
#include "fuse/claim.h"
#include "fuse/nodes.h"
#include "fuse/render.h"
#include "fuse/reply.h"

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct mount *mount = userdata;
	mount->is_live = true;
	if (mount->serve->cached && cached_begin(mount->serve->cached, mount->channel.fd))
		conn->want |= conn->capable & FUSE_CAP_CACHE_SYMLINKS;
	conn->max_write = AREA_WRITE_MAX;
	/* Each lease ends by itself, so nothing may be written back; readdirplus: see cached.h. */
	conn->want &=
		~(unsigned)(FUSE_CAP_WRITEBACK_CACHE | FUSE_CAP_READDIRPLUS | FUSE_CAP_SPLICE_READ |
			    FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct mount *mount = mount_of(req);
	struct fuse_entry_param entry;
	uint64_t ino = node_lookup(mount->serve->engine, parent, name);
	if (ino && fill_entry(mount, ino, &entry))
		fuse_reply_entry(req, &entry);
	else
		reply_no_entry(req, parent, name);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)fi;
	reply_attr(req, ino, true);
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	if (ino == INO_HERE)
		fuse_reply_readlink(req, "..");
	else
		fuse_reply_err(req, EINVAL);
}

/*
 * Offsets rise and mean the same to the next worker, and after a lease has come or gone: a lease's is
 * its token; those of the fixed entries are smaller.
 */
static void add_entry(struct text *out, uint64_t ino, const char *name, mode_t mode, uint64_t off)
{
	static const char padding[8];
	size_t len = strlen(name);
	struct fuse_dirent entry = {
		.ino = ino, .off = off, .namelen = (uint32_t)len, .type = mode >> 12 & 15};
	size_t size = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + len);
	text_add(out, (const char *)&entry, FUSE_NAME_OFFSET);
	text_add(out, name, len);
	text_add(out, padding, size - FUSE_NAME_OFFSET - len);
}

static int compare_tokens(const void *a, const void *b)
{
	const struct lease *left = *(const struct lease *const *)a;
	const struct lease *right = *(const struct lease *const *)b;
	return (left->token > right->token) - (left->token < right->token);
}

static void list_leases(const struct engine *engine, bool is_freeze, struct text *out)
{
	size_t len = 0;
	const struct lease *lease = NULL;
	const struct lease **sorted =
		calloc(engine_count(engine, is_freeze) + 1, sizeof(const struct lease *));
	if (!sorted) {
		out->failed = true;
		return;
	}
	while ((lease = engine_next(engine, is_freeze, lease)))
		sorted[len++] = lease;
	qsort(sorted, len, sizeof(const struct lease *), compare_tokens);
	for (size_t i = 0; i < len; i++)
		add_entry(out, sorted[i]->token, sorted[i]->name, S_IFREG, sorted[i]->token);
	free(sorted);
}

enum { OFF_SELF = 1, OFF_PARENT, OFF_FIXED };
_Static_assert(OFF_FIXED + INO_FIXED_END <= TOKEN_FIRST, "offsets rise");

/*
 * .lokt is not listed (nor what only breaks or renews), so that no recursive walk finds
 * its way in: rm -rf of the directory must end leases as rm would, and no freeze.
 */
static void list(struct mount *mount, uint64_t ino, struct text *out)
{
	const struct fixed_node *directory = node_fixed(ino);
	add_entry(out, ino, ".", S_IFDIR, OFF_SELF);
	add_entry(out, directory->parent ? directory->parent : ino, "..", S_IFDIR, OFF_PARENT);
	for (uint64_t child = INO_ROOT + 1; ino != INO_ROOT && child < INO_FIXED_END; child++) {
		const struct fixed_node *row = node_fixed(child);
		if (row->parent == ino)
			add_entry(out, child, row->name, row->mode, OFF_FIXED + child);
	}
	if (directory->is_listed)
		list_leases(mount->serve->engine, node_is_freeze(directory->entries), out);
}

static void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct mount *mount = mount_of(req);
	const struct fixed_node *directory = node_fixed(ino);
	if (!directory || !S_ISDIR(directory->mode)) {
		fuse_reply_err(req, ENOTDIR);
		return;
	}
	struct file *file = file_new(&mount->files, mount->unique, ino);
	if (!file) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	fi->fh = file->handle;
	mount_answer_open(mount, req, fi, file);
}

static struct fuse_dirent entry_at(const struct text *out, size_t at)
{
	struct fuse_dirent entry;
	memcpy(&entry, out->data + at, FUSE_NAME_OFFSET);
	return entry;
}

static size_t entry_size(const struct fuse_dirent *entry)
{
	return FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + entry->namelen);
}

/* Where what follows an offset begins; most walks go on where they ended. */
static size_t find_entry(const struct file *file, uint64_t offset)
{
	size_t at = offset >= file->listed_off ? file->listed_to : 0;
	while (at < file->out.len) {
		struct fuse_dirent entry = entry_at(&file->out, at);
		if (entry.off > offset)
			break;
		at += entry_size(&entry);
	}
	return at;
}

/* As many whole entries behind the offset as fit into size. */
static void reply_entries(fuse_req_t req, struct file *file, uint64_t offset, size_t size)
{
	size_t from = find_entry(file, offset);
	size_t at = from;
	file->listed_off = offset;
	while (at < file->out.len) {
		struct fuse_dirent entry = entry_at(&file->out, at);
		if (at + entry_size(&entry) - from > size)
			break;
		at += entry_size(&entry);
		file->listed_off = entry.off;
	}
	file->listed_to = at;
	fuse_reply_buf(req, at > from ? file->out.data + from : NULL, at - from);
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		       struct fuse_file_info *fi)
{
	struct mount *mount = mount_of(req);
	struct file *file = file_find(&mount->files, fi->fh);
	if (!file || !node_fixed(ino)) {
		fuse_reply_err(req, EBADF);
		return;
	}
	/* One walk sees one moment; rewinding looks again, and so does a new worker. */
	if (offset == 0 || !file->out.len) {
		text_clear(&file->out);
		list(mount, ino, &file->out);
		file->listed_to = file->listed_off = 0;
	}
	if (file->out.failed)
		fuse_reply_err(req, ENOMEM);
	else if (offset < 0)
		fuse_reply_buf(req, NULL, 0);
	else
		reply_entries(req, file, (uint64_t)offset, size);
}

/* What a read of the file gives, as of now. A positive errno when there is nothing any more. */
static int fill_content(struct mount *mount, struct file *file)
{
	text_clear(&file->out);
	if (file->ino == INO_STATUS) {
		render_status(mount, &file->out);
	} else if (file->ino == INO_METRICS) {
		render_metrics(mount, &file->out);
	} else if (node_kind(file->ino) == NODE_QUEUE || node_kind(file->ino) == NODE_QUEUE_AHEAD) {
		struct resource resource = file_resource(file);
		render_queue(mount, &resource, &file->out);
	} else {
		const struct lease *lease = engine_find_token(mount->serve->engine, file->token);
		if (!lease)
			return file->is_late ? ENOENT : ESTALE;
		render_lease(&file->out, lease);
	}
	file->has_content = !file->out.failed;
	return file->out.failed ? ENOMEM : 0;
}

/* Straight from the journal's file, so that tail -f follows it. */
static void read_audit(fuse_req_t req, size_t size, off_t offset)
{
	uint64_t end;
	int fd = serve_audit_fd(mount_of(req)->serve, &end);
	size_t left = (uint64_t)offset < end ? (size_t)(end - (uint64_t)offset) : 0;
	struct fuse_bufvec data = FUSE_BUFVEC_INIT(size < left ? size : left);
	data.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
	data.buf[0].fd = fd;
	data.buf[0].pos = offset;
	fuse_reply_data(req, &data, FUSE_BUF_NO_SPLICE);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		    struct fuse_file_info *fi)
{
	struct mount *mount = mount_of(req);
	struct file *file = file_find(&mount->files, fi->fh);
	if (!file || offset < 0) {
		fuse_reply_err(req, EBADF);
		return;
	}
	if (ino == INO_REQUEST) {
		ask_read_file(req, file, size);
		return;
	}
	if (ino == INO_AUDIT) {
		read_audit(req, size, offset);
		return;
	}
	int error = offset == 0 || !file->has_content ? fill_content(mount, file) : 0;
	if (error)
		fuse_reply_err(req, error);
	else
		reply_text(req, &file->out, (size_t)offset, size);
}

static void op_write(fuse_req_t req, fuse_ino_t ino, const char *bytes, size_t size, off_t offset,
		     struct fuse_file_info *fi)
{
	(void)offset; /* what is written is a stream of options, wherever the kernel thinks it is */
	struct file *file = file_find(&mount_of(req)->files, fi->fh);
	if (!file)
		fuse_reply_err(req, EBADF);
	else if (ino == INO_REQUEST)
		ask_write_file(req, file, bytes, size);
	else
		claim_write_options(req, file, bytes, size);
}

/* close(2): what was claimed through this descriptor is on disk when it returns. */
static void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct mount *mount = mount_of(req);
	struct file *file = file_find(&mount->files, fi->fh);
	struct reply reply = {.kind = REPLY_ERROR, .req = req};
	if (file && ino != INO_REQUEST) {
		reply.error = claim_end_options(req, file);
		reply.position = file->position;
		reply.token = file->is_creator ? file->token : 0;
	}
	parked_reply(mount, &reply);
}

static void op_fsync(fuse_req_t req, fuse_ino_t ino, int is_datasync, struct fuse_file_info *fi)
{
	(void)ino, (void)is_datasync;
	struct file *file = file_find(&mount_of(req)->files, fi->fh);
	struct reply reply = {.kind = REPLY_ERROR, .req = req};
	if (file) {
		reply.position = file->position;
		reply.token = file->is_creator ? file->token : 0;
	}
	parked_reply(mount_of(req), &reply);
}

static void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct mount *mount = mount_of(req);
	struct file *file = file_find(&mount->files, fi->fh);
	struct request close = {.op = OP_CLOSE, .handle = fi->fh};
	/* The kernel says it once. */
	if (engine_find_handle(mount->serve->engine, fi->fh) &&
	    serve_request(mount->serve, &close).error)
		mount_leave_to_next();
	if (file && ino == INO_REQUEST)
		ask_close(mount, file);
	else if (file)
		claim_close(mount, file);
	if (file)
		file_free(&mount->files, file);
	fuse_reply_err(req, 0);
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	(void)ino;
	struct statvfs stat = {.f_bsize = 4096, .f_frsize = 4096, .f_namemax = RESOURCE_NAME_MAX};
	stat.f_files = engine_count(mount_of(req)->serve->engine, false);
	fuse_reply_statfs(req, &stat);
}

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev)
{
	(void)parent, (void)name, (void)mode, (void)dev;
	fuse_reply_err(req, EPERM);
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	op_mknod(req, parent, name, mode, 0);
}

static void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	op_mknod(req, parent, name, 0, 0);
}

static void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	(void)target;
	op_mknod(req, parent, name, 0, 0);
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
		      const char *new_name, unsigned flags)
{
	(void)new_parent, (void)new_name, (void)flags;
	op_mknod(req, parent, name, 0, 0);
}

static void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
	(void)ino;
	op_mknod(req, parent, name, 0, 0);
}

/* Not offered: without these the kernel would keep such locks to itself and lock nothing. */
static void op_getlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, struct flock *lock)
{
	(void)ino, (void)fi, (void)lock;
	fuse_reply_err(req, EOPNOTSUPP);
}

static void op_setlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, struct flock *lock,
		     int sleep)
{
	(void)sleep;
	op_getlk(req, ino, fi, lock);
}

const struct fuse_lowlevel_ops *mount_ops(void)
{
	static const struct fuse_lowlevel_ops ops = {
		.init = op_init,
		.lookup = op_lookup,
		.getattr = op_getattr,
		.setattr = op_setattr,
		.readlink = op_readlink,
		.mknod = op_mknod,
		.mkdir = op_mkdir,
		.unlink = op_unlink,
		.rmdir = op_rmdir,
		.symlink = op_symlink,
		.rename = op_rename,
		.link = op_link,
		.open = op_open,
		.read = op_read,
		.write = op_write,
		.flush = op_flush,
		.fsync = op_fsync,
		.release = op_release,
		.opendir = op_opendir,
		.readdir = op_readdir,
		.releasedir = op_release,
		.statfs = op_statfs,
		.create = op_create,
		.getlk = op_getlk,
		.setlk = op_setlk,
		.flock = op_flock,
	};
	return &ops;
}

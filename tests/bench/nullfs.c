/*
 * A FUSE file system that answers everything and stores nothing but names and who waits: what the
 * kernel and libfuse take of an operation, with no lease, no journal and no identity behind it.
 *   nullfs [-f] [-o timeout=SECONDS] DIR
 * Every name can be created, files are empty, waiters are answered in order of arrival. With a
 * timeout the kernel may keep names, and that there is none, for so long. Asked of the kernel is
 * what fs/fuse/ops.c asks, so that both get the same requests.
 */
#define FUSE_USE_VERSION 312
#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <uthash.h>
#include <utlist.h>

struct waiter {
	fuse_req_t req;
	uint64_t handle;
	struct waiter *prev, *next;
};

/* Found by name until it is unlinked, by number until it is closed as well. */
struct node {
	fuse_ino_t ino;
	unsigned opens;
	bool is_named;
	uint64_t holder; /* handle; 0 free */
	struct waiter *waiters;
	UT_hash_handle by_name, by_ino;
	char name[];
};

static struct node *names, *inodes;
static fuse_ino_t last_ino = FUSE_ROOT_ID;
static uint64_t last_handle;

static struct options {
	double timeout;
} options;

static struct node *node_of(fuse_ino_t ino)
{
	struct node *node;

	HASH_FIND(by_ino, inodes, &ino, sizeof(ino), node);
	return node;
}

static struct node *find(const char *name)
{
	struct node *node;

	HASH_FIND(by_name, names, name, strlen(name), node);
	return node;
}

static struct node *add(const char *name)
{
	size_t len = strlen(name);
	struct node *node = calloc(1, sizeof(*node) + len + 1);

	if (!node)
		return NULL;
	memcpy(node->name, name, len);
	node->ino = ++last_ino;
	node->is_named = true;
	HASH_ADD_KEYPTR(by_name, names, node->name, len, node);
	HASH_ADD(by_ino, inodes, ino, sizeof(node->ino), node);
	return node;
}

static void forget_unused(struct node *node)
{
	if (node->is_named || node->opens)
		return;
	HASH_DELETE(by_ino, inodes, node);
	free(node);
}

static struct stat stat_of(fuse_ino_t ino)
{
	return (struct stat){.st_ino = ino,
			     .st_nlink = 1,
			     .st_mode = ino == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0644};
}

/* Number 0: there is none, and that may be kept as well. */
static struct fuse_entry_param entry_of(fuse_ino_t ino)
{
	return (struct fuse_entry_param){.ino = ino,
					 .attr = stat_of(ino),
					 .attr_timeout = options.timeout,
					 .entry_timeout = options.timeout};
}

static void on_init(void *data, struct fuse_conn_info *conn)
{
	(void)data;
	conn->want &=
		~(unsigned)(FUSE_CAP_WRITEBACK_CACHE | FUSE_CAP_READDIRPLUS | FUSE_CAP_SPLICE_READ |
			    FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
}

static void on_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct node *node = find(name);
	struct fuse_entry_param entry = entry_of(node ? node->ino : 0);

	(void)parent;
	if (node || options.timeout > 0)
		fuse_reply_entry(req, &entry);
	else
		fuse_reply_err(req, ENOENT);
}

static void on_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	struct stat attr = stat_of(ino);

	(void)info;
	fuse_reply_attr(req, &attr, options.timeout);
}

static void on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	struct node *node = node_of(ino);

	if (!node) {
		fuse_reply_err(req, ESTALE);
		return;
	}
	node->opens++;
	info->fh = ++last_handle;
	info->direct_io = 1;
	fuse_reply_open(req, info);
}

static void on_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		      struct fuse_file_info *info)
{
	struct node *node = find(name);
	struct fuse_entry_param entry;

	(void)parent;
	(void)mode;
	if (!node)
		node = add(name);
	if (!node) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	node->opens++;
	entry = entry_of(node->ino);
	info->fh = ++last_handle;
	info->direct_io = 1;
	fuse_reply_create(req, &entry, info);
}

static void on_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct node *node = find(name);

	(void)parent;
	if (!node) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	HASH_DELETE(by_name, names, node);
	node->is_named = false;
	forget_unused(node);
	fuse_reply_err(req, 0);
}

static void grant(struct node *node, fuse_req_t req, uint64_t handle)
{
	node->holder = handle;
	fuse_reply_err(req, 0);
}

static void drop(struct node *node, uint64_t handle)
{
	struct waiter *first = node->waiters;

	if (node->holder != handle)
		return;
	node->holder = 0;
	if (!first)
		return;
	DL_DELETE(node->waiters, first);
	fuse_req_interrupt_func(first->req, NULL, NULL);
	grant(node, first->req, first->handle);
	free(first);
}

static void on_interrupt(fuse_req_t req, void *data)
{
	struct node *node = data;
	struct waiter *waiter, *tmp;

	DL_FOREACH_SAFE (node->waiters, waiter, tmp) {
		if (waiter->req != req)
			continue;
		DL_DELETE(node->waiters, waiter);
		free(waiter);
		fuse_reply_err(req, EINTR);
	}
}

static void queue(struct node *node, fuse_req_t req, uint64_t handle)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	waiter->req = req;
	waiter->handle = handle;
	DL_APPEND(node->waiters, waiter);
	fuse_req_interrupt_func(req, on_interrupt, node);
}

static void on_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info, int op)
{
	struct node *node = node_of(ino);

	if (!node) {
		fuse_reply_err(req, ESTALE);
	} else if (op & LOCK_UN) {
		drop(node, info->fh);
		fuse_reply_err(req, 0);
	} else if (!node->holder) {
		grant(node, req, info->fh);
	} else if (op & LOCK_NB) {
		fuse_reply_err(req, EWOULDBLOCK);
	} else {
		queue(node, req, info->fh);
	}
}

static void on_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	struct node *node = node_of(ino);

	if (node) {
		drop(node, info->fh);
		node->opens--;
		forget_unused(node);
	}
	fuse_reply_err(req, 0);
}

static void on_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	(void)ino;
	(void)info;
	fuse_reply_err(req, 0);
}

static const struct fuse_lowlevel_ops operations = {
	.init = on_init,
	.lookup = on_lookup,
	.getattr = on_getattr,
	.open = on_open,
	.create = on_create,
	.unlink = on_unlink,
	.flock = on_flock,
	.flush = on_flush,
	.release = on_release,
};

static const struct fuse_opt known[] = {
	{"timeout=%lf", offsetof(struct options, timeout), 1},
	FUSE_OPT_END,
};

int main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
	struct fuse_cmdline_opts opts;
	struct fuse_session *session;
	int status = 1;

	if (fuse_opt_parse(&args, &options, known, NULL) != 0 ||
	    fuse_parse_cmdline(&args, &opts) != 0 || !opts.mountpoint)
		return 64;
	fuse_opt_add_arg(&args, "-ofsname=nullfs,subtype=nullfs,noatime,noexec");
	session = fuse_session_new(&args, &operations, sizeof(operations), NULL);
	if (session && fuse_set_signal_handlers(session) == 0 &&
	    fuse_session_mount(session, opts.mountpoint) == 0 &&
	    fuse_daemonize(opts.foreground) == 0) {
		status = fuse_session_loop(session) != 0;
		fuse_session_unmount(session);
	}
	if (session)
		fuse_session_destroy(session);
	free(opts.mountpoint);
	fuse_opt_free_args(&args);
	return status;
}

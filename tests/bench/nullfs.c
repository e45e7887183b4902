/*
 * A FUSE file system that does nothing but flock: what the kernel and libfuse take of a
 * hand-over, with no lease, no journal and no identity behind it. nullfs [-f] DIR; every name can
 * be created, files are empty, waiters are answered in order of arrival.
 */
#define FUSE_USE_VERSION 312
#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <utlist.h>

#define FILES_MAX 64
#define NAME_BYTES 64

struct waiter {
	fuse_req_t req;
	uint64_t handle;
	struct waiter *prev, *next;
};

static struct node {
	char name[NAME_BYTES];
	uint64_t holder; /* handle; 0 free */
	struct waiter *waiters;
} nodes[FILES_MAX];

static uint64_t last_handle;

static struct node *node_of(fuse_ino_t ino)
{
	return &nodes[ino - 2];
}

static fuse_ino_t find(const char *name)
{
	for (fuse_ino_t i = 0; i < FILES_MAX; i++) {
		if (strcmp(nodes[i].name, name) == 0)
			return i + 2;
	}
	return 0;
}

static struct stat stat_of(fuse_ino_t ino)
{
	return (struct stat){.st_ino = ino,
			     .st_nlink = 1,
			     .st_mode = ino == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0644};
}

static struct fuse_entry_param entry_of(fuse_ino_t ino)
{
	return (struct fuse_entry_param){.ino = ino, .attr = stat_of(ino)};
}

static void on_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	fuse_ino_t ino = name[0] ? find(name) : 0;
	struct fuse_entry_param entry = entry_of(ino);

	(void)parent;
	if (ino)
		fuse_reply_entry(req, &entry);
	else
		fuse_reply_err(req, ENOENT);
}

static void on_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	struct stat attr = stat_of(ino);

	(void)info;
	fuse_reply_attr(req, &attr, 0);
}

static void on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	(void)ino;
	info->fh = ++last_handle;
	fuse_reply_open(req, info);
}

static void on_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		      struct fuse_file_info *info)
{
	fuse_ino_t ino = find("");
	struct fuse_entry_param entry = entry_of(ino);

	(void)parent;
	(void)mode;
	if (!ino || strlen(name) >= NAME_BYTES) {
		fuse_reply_err(req, ENOSPC);
		return;
	}
	snprintf(node_of(ino)->name, NAME_BYTES, "%s", name);
	info->fh = ++last_handle;
	fuse_reply_create(req, &entry, info);
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

	if (op & LOCK_UN) {
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
	drop(node_of(ino), info->fh);
	fuse_reply_err(req, 0);
}

static void on_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	(void)ino;
	(void)info;
	fuse_reply_err(req, 0);
}

static const struct fuse_lowlevel_ops operations = {
	.lookup = on_lookup,
	.getattr = on_getattr,
	.open = on_open,
	.create = on_create,
	.flock = on_flock,
	.flush = on_flush,
	.release = on_release,
};

int main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
	struct fuse_cmdline_opts opts;
	struct fuse_session *session;
	int status = 1;

	if (fuse_parse_cmdline(&args, &opts) != 0 || !opts.mountpoint)
		return 64;
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

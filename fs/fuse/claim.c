/*
 * Create, open and unlink: how a claim begins and how it ends by name. Options are
 * options.c's, flock is flock.c's.
 */
#include "fuse/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cached.h"
#include "fuse/nodes.h"
#include "fuse/reply.h"
#include "host/lockid.h"

struct process claim_holder(const struct party *party)
{
	if (party->chain_len == 0)
		return (struct process){0};
	return party->chain[party->chain_len > 1];
}

void claim_undo(struct mount *mount, uint64_t token, uint64_t handle)
{
	struct request request = {.op = OP_WITHDRAW, .token = token};
	struct file *file = handle ? file_find(&mount->files, handle) : NULL;
	if (token)
		serve_request(mount->serve, &request);
	if (file)
		file_free(&mount->files, file);
}

void claim_withdraw(struct mount *mount, uint64_t handle)
{
	struct file *file = file_find(&mount->files, handle);
	if (!file || !file->is_creator)
		return;
	struct request request = {.op = OP_WITHDRAW, .token = file->token};
	serve_request(mount->serve, &request);
	file->is_creator = false;
}

/*
 * Who will outlive the call: with an open file the caller itself. A truncating open without
 * O_NONBLOCK is a shell's redirection or a program's own, which live on as well; touch is gone
 * at once, and its parent is who holds.
 */
static struct process holder_by_flags(const struct party *party, int flags)
{
	bool is_own_hand =
		(flags & O_ACCMODE) == O_RDONLY || ((flags & O_TRUNC) && !(flags & O_NONBLOCK));
	if (is_own_hand && party->chain_len)
		return party->chain[0];
	return claim_holder(party);
}

/* Makes the claim of a CREATE, or the claim that an OPEN for writing amounts to. */
static struct outcome claim(fuse_req_t req, struct request *request, int flags)
{
	struct outcome out = {0};
	char lock_id[LOCK_ID_LEN + 1] = "";
	struct party *party;
	out.error = caller_party(req, &party);
	if (out.error)
		return out;
	if (lockid_new(lock_id)) {
		request->party = party;
		request->holder = holder_by_flags(party, flags);
		request->new_lock_id = lock_id;
		out = serve_request(mount_of(req)->serve, request);
	} else {
		out.error = EIO;
	}
	party_unref(party);
	return out;
}

/*
 * A close that ends no option and awaits no disk need not come to us (FOPEN_NOFLUSH, Linux 5.16):
 * what is only read, and the request file, which is answered by then.
 */
static void describe_open(struct fuse_file_info *fi, const struct file *file)
{
	bool is_reader = (fi->flags & O_ACCMODE) == O_RDONLY && !(fi->flags & O_TRUNC);
	fi->fh = file->handle;
	fi->direct_io = 1;
	fi->noflush = is_reader || file->ino == INO_REQUEST;
}

static void answer_create(fuse_req_t req, const struct fuse_file_info *fi, struct file *file,
			  const struct outcome *out)
{
	struct mount *mount = mount_of(req);
	struct reply reply = {
		.kind = REPLY_CREATE, .req = req, .handle = file->handle, .info = *fi};
	if (file->is_creator)
		reply.token = file->token;
	/* Told already, perhaps, and then the kernel says that there is nobody to tell. */
	if (out->is_repeat || (mount->serve->is_return && !file->is_creator))
		reply.token = reply.handle = 0;
	describe_open(&reply.info, file);
	/* A freeze is answered when it is on disk; a lease's disk is awaited in FLUSH. */
	if (node_kind(file->ino) == NODE_FREEZE)
		reply.position = out->position;
	if (fill_entry(mount, file->ino, &reply.entry)) {
		/* The kernel takes these for newer than what it was made to forget (Linux 6.18). */
		reply.entry.attr_timeout = 0;
		parked_reply(mount, &reply);
		return;
	}
	fuse_reply_err(req, ESTALE); /* bound to a process that ended meanwhile */
	file_free(&mount->files, file);
}

static struct process maker_of(const struct lease *lease)
{
	if (!lease || !lease->party->chain_len)
		return (struct process){0};
	return lease->party->chain[0];
}

static struct file *creator_file(struct mount *mount, enum node_kind kind,
				 const struct request *request, const struct outcome *out)
{
	uint64_t token = out->lease ? out->lease->token : 0;
	struct file *file = file_new(&mount->files, mount->unique, node_of(kind, token));
	if (!file || !file_set_name(file, request->resource.name)) {
		struct request withdraw = {.op = OP_WITHDRAW, .token = token};
		serve_request(mount->serve, &withdraw);
		if (file)
			file_free(&mount->files, file);
		return NULL;
	}
	file->token = token;
	/* What is bound to an open file does not outlive a power failure anyway. */
	file->position = request->handle ? 0 : out->position;
	file->opener = maker_of(out->lease);
	file->is_creator = true;
	return file;
}

/* Which errno a CREATE in that directory meets before anyone is asked; 0 none. */
static int creatable(const struct fixed_node *directory, const char *name,
		     struct resource *resource)
{
	if (!directory || node_fixed_child(directory->ino, name))
		return EPERM;
	if (directory->entries == NODE_RENEW)
		return ENOENT;
	if (directory->entries != NODE_LEASE && directory->entries != NODE_FREEZE)
		return EPERM;
	return verdict_row(resource_from_name(name, resource))->error;
}

/*
 * The kernel saw no such name and the lease came meanwhile. An open that claims nothing where the
 * name is held (as flock(1)'s) goes on as if it had come a moment later.
 */
static bool may_open_held(const struct request *request, const struct lease *held, int flags)
{
	bool is_same = lease_is_of(held, &request->resource) && !held->is_freeze;
	bool claims = flags & (O_EXCL | O_TRUNC) ||
		      ((flags & O_ACCMODE) != O_RDONLY && !(flags & O_APPEND));
	return is_same && request->op == OP_ACQUIRE && !claims;
}

/* An open of an entry that stands for the name and made nothing. */
static struct file *name_file(fuse_req_t req, uint64_t ino, const char *name)
{
	struct mount *mount = mount_of(req);
	struct file *file = file_new(&mount->files, mount->unique, ino);
	if (!file)
		return NULL;
	if (!file_set_name(file, name)) {
		file_free(&mount->files, file);
		return NULL;
	}
	file->token = node_token(ino);
	file->opener = identity_process(mount->serve->identity, fuse_req_ctx(req)->pid);
	return file;
}

/* The lease is made, and its maker is told when the remote has it too. */
static void park_create(fuse_req_t req, const struct fuse_file_info *fi,
			const struct request *request, const struct lease *lease)
{
	struct mount *mount = mount_of(req);
	if (!parked_interruptible(req, mount->unique)) {
		serve_unpark(mount->serve, mount->unique);
		return;
	}
	struct creating *creating = calloc(1, sizeof(*creating));
	struct waiting *waiting =
		creating ? parked_add(mount, WAITS_CREATE, mount->unique, request->handle, req)
			 : NULL;
	if (!waiting) {
		free(creating);
		claim_undo(mount, lease ? lease->token : 0, 0);
		fuse_reply_err(req, ENOMEM);
		return;
	}
	*creating = (struct creating){*fi, request->resource};
	waiting->creating = creating;
}

void claim_settled(struct mount *mount, struct waiting *waiting, const struct settled *settled)
{
	struct outcome out = {.verdict = settled->verdict, .error = settled->error};
	const struct creating *creating = waiting->creating;
	struct request request = {.resource = creating->resource, .handle = waiting->handle};
	int error = outcome_errno(&out);
	out.lease = engine_find_token(mount->serve->engine, settled->token);
	out.position = settled->position;
	if (error == EBUSY && (creating->info.flags & O_EXCL))
		error = EEXIST;
	if (!error && !out.lease)
		error = ESTALE;
	/* The handle is the CREATE's own number, which is the waiter's. */
	mount->unique = waiting->waiter;
	const struct lease *held =
		engine_find(mount->serve->engine, false, creating->resource.name);
	struct file *file = NULL;
	request.op = OP_ACQUIRE;
	if (!error)
		file = creator_file(mount, NODE_LEASE, &request, &out);
	else if (error == EBUSY && held && may_open_held(&request, held, creating->info.flags))
		file = name_file(waiting->req, node_of(NODE_LEASE, held->token),
				 request.resource.name);
	if (file)
		answer_create(waiting->req, &creating->info, file, &out);
	else
		fuse_reply_err(waiting->req, error ? error : ENOMEM);
}

void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *fi)
{
	(void)mode;
	struct mount *mount = mount_of(req);
	const struct fixed_node *directory = node_fixed(parent);
	struct request request = {.op = OP_ACQUIRE};
	int error = creatable(directory, name, &request.resource);
	if (error) {
		fuse_reply_err(req, error);
		return;
	}
	if (directory->entries == NODE_FREEZE)
		request.op = OP_FREEZE;
	else if ((fi->flags & O_ACCMODE) == O_RDONLY)
		request.handle = mount->unique;
	request.asker = mount->unique;
	if (parent == INO_ROOT)
		cached_enter(mount->serve, name, EVENT_RECORDS);
	struct outcome out = claim(req, &request, fi->flags);
	if (out.is_parked) {
		cached_leave(mount->serve, true);
		park_create(req, fi, &request, out.lease);
		return;
	}
	error = outcome_errno(&out);
	/* O_EXCL's users look for EEXIST, and the kernel says it where it knows the name. */
	if (error == EBUSY && (fi->flags & O_EXCL))
		error = EEXIST;
	struct file *file = NULL;
	if (!error)
		file = creator_file(mount, directory->entries, &request, &out);
	else if (error == EBUSY && out.lease && may_open_held(&request, out.lease, fi->flags))
		file = name_file(req, node_of(NODE_LEASE, out.lease->token), request.resource.name);
	cached_leave(mount->serve, file != NULL);
	if (file)
		answer_create(req, fi, file, &out);
	else
		fuse_reply_err(req, error ? error : ENOMEM);
}

/* An open for writing is a claim like any other, and refused like any other. */
static int refuse_writer(fuse_req_t req, const struct lease *lease, int flags)
{
	struct request request = {
		.op = lease->is_freeze ? OP_FREEZE : OP_ACQUIRE,
		.resource = lease_resource(lease),
	};
	struct outcome out = claim(req, &request, flags);
	if (out.error || out.verdict != VERDICT_OK)
		return outcome_errno(&out);
	/* It expired in this very moment: let the kernel look again and create. */
	struct request withdraw = {.op = OP_WITHDRAW, .token = out.lease ? out.lease->token : 0};
	serve_request(mount_of(req)->serve, &withdraw);
	return ESTALE;
}

/* 0, and who may renew in *party; or a positive errno. */
static int may_renew(fuse_req_t req, const struct lease *lease, struct party **party)
{
	int error = caller_party(req, party);
	if (error || serve_is_own(mount_of(req)->serve, lease, *party))
		return error;
	party_unref(*party);
	*party = NULL;
	return EPERM;
}

/* Which errno an open of that entry meets; 0 none. */
static int openable(fuse_req_t req, enum node_kind kind, const struct lease *lease, int flags,
		    struct party **renewer)
{
	bool is_writer = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
	if (!is_writer)
		return 0;
	switch (kind) {
	case NODE_LEASE:
	case NODE_FREEZE:
		return flags & O_APPEND && !(flags & O_TRUNC) ? 0
							      : refuse_writer(req, lease, flags);
	case NODE_RENEW:
		return may_renew(req, lease, renewer);
	case NODE_FORCE_LOCK:
	case NODE_FORCE_FREEZE:
	case NODE_STALE:
	case NODE_QUEUE:
	case NODE_QUEUE_AHEAD:
	case NODE_NONE:
	case NODE_FIXED:
		break;
	}
	return EPERM;
}

static int openable_fixed(uint64_t ino, int flags)
{
	bool is_writer = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
	return is_writer && ino != INO_REQUEST ? EPERM : 0;
}

static void answer_open(fuse_req_t req, struct fuse_file_info *fi, struct file *file)
{
	struct mount *mount = mount_of(req);
	describe_open(fi, file);
	mount_answer_open(mount, req, fi, file);
}

static void open_fixed(fuse_req_t req, uint64_t ino, struct fuse_file_info *fi)
{
	struct mount *mount = mount_of(req);
	int error = openable_fixed(ino, fi->flags);
	struct file *file = error ? NULL : file_new(&mount->files, mount->unique, ino);
	if (file)
		answer_open(req, fi, file);
	else
		fuse_reply_err(req, error ? error : ENOMEM);
}

/*
 * The lease ended between the kernel's look-up and its open. Looking again helps once only, so
 * where the name is handed on all the time an open that claims nothing stands for the name.
 */
static void open_ended(fuse_req_t req, uint64_t ino, struct fuse_file_info *fi)
{
	const struct resource *resource =
		node_kind(ino) == NODE_LEASE
			? engine_find_ended(mount_of(req)->serve->engine, node_token(ino))
			: NULL;
	bool claims = fi->flags & O_TRUNC ||
		      ((fi->flags & O_ACCMODE) != O_RDONLY && !(fi->flags & O_APPEND));
	struct file *file = resource && !claims ? name_file(req, ino, resource->name) : NULL;
	if (!file) {
		fuse_reply_err(req, ESTALE);
		return;
	}
	file->is_late = true;
	answer_open(req, fi, file);
}

static void open_entry(fuse_req_t req, uint64_t ino, const struct lease *lease, const char *queue,
		       struct fuse_file_info *fi)
{
	struct party *renewer = NULL;
	char name[RESOURCE_NAME_MAX + 1];
	strcpy(name, lease ? lease->name : queue);
	int error = openable(req, node_kind(ino), lease, fi->flags, &renewer);
	struct file *file = error ? NULL : name_file(req, ino, name);
	if (!file) {
		party_unref(renewer);
		fuse_reply_err(req, error ? error : ENOMEM);
		return;
	}
	file->party = renewer;
	file->is_truncated = renewer && (fi->flags & O_TRUNC);
	answer_open(req, fi, file);
}

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct engine *engine = mount_of(req)->serve->engine;
	const struct lease *lease = node_lease(engine, ino);
	const char *queue = node_queue(engine, ino);
	if (node_fixed(ino))
		open_fixed(req, ino, fi);
	else if (lease || queue)
		open_entry(req, ino, lease, queue, fi);
	else
		open_ended(req, ino, fi);
}

/* What rm in a directory asks for. */
static const struct unlink_row {
	enum node_kind kind;
	enum ground ground;
} unlink_rows[] = {
	{NODE_LEASE, GROUND_PARTY},	 {NODE_FREEZE, GROUND_PARTY},
	{NODE_FORCE_LOCK, GROUND_FORCE}, {NODE_FORCE_FREEZE, GROUND_FORCE},
	{NODE_STALE, GROUND_STALE},
};

static const struct unlink_row *unlink_row(enum node_kind kind)
{
	for (size_t i = 0; i < sizeof(unlink_rows) / sizeof(unlink_rows[0]); i++)
		if (unlink_rows[i].kind == kind)
			return &unlink_rows[i];
	return NULL;
}

void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	const struct fixed_node *directory = node_fixed(parent);
	const struct unlink_row *row = directory ? unlink_row(directory->entries) : NULL;
	struct request request = {.op = OP_RELEASE};
	if (!row || node_fixed_child(parent, name)) {
		fuse_reply_err(req, EPERM);
		return;
	}
	request.ground = row->ground;
	request.is_freeze = node_is_freeze(row->kind);
	int error = verdict_row(resource_from_name(name, &request.resource))->error;
	if (!error)
		error = caller_party(req, &request.party);
	if (error) {
		fuse_reply_err(req, error);
		return;
	}
	struct serve *serve = mount_of(req)->serve;
	if (parent == INO_ROOT)
		cached_enter(serve, name, EVENT_ENDS);
	struct outcome out = serve_request(serve, &request);
	cached_leave(serve, !outcome_errno(&out));
	party_unref(request.party);
	fuse_reply_err(req, outcome_errno(&out));
}

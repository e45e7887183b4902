/*
 * See nodes.h. A new control file is one row here, and what it says is render.c's.
 */
#include "fuse/nodes.h"

#include <string.h>

#include "lokt/layout.h"

#define KIND_SHIFT 56

static const struct fixed_node fixed_nodes[] = {
	{INO_ROOT, 0, "", S_IFDIR | 0755, NODE_LEASE, true},
	{INO_CONTROL, INO_ROOT, LAYOUT_CONTROL, S_IFDIR | 0755, NODE_NONE, false},
	{INO_HERE, INO_CONTROL, LAYOUT_HERE, S_IFLNK | 0777, NODE_NONE, false},
	{INO_FREEZES, INO_CONTROL, LAYOUT_FREEZES, S_IFDIR | 0755, NODE_FREEZE, true},
	{INO_RENEW, INO_CONTROL, LAYOUT_RENEW, S_IFDIR | 0755, NODE_RENEW, false},
	{INO_FORCE, INO_CONTROL, LAYOUT_FORCE, S_IFDIR | 0755, NODE_NONE, false},
	{INO_FORCE_LOCKS, INO_FORCE, LAYOUT_LOCKS, S_IFDIR | 0755, NODE_FORCE_LOCK, false},
	{INO_FORCE_FREEZES, INO_FORCE, LAYOUT_FREEZES, S_IFDIR | 0755, NODE_FORCE_FREEZE, false},
	{INO_STALE, INO_CONTROL, LAYOUT_STALE, S_IFDIR | 0755, NODE_STALE, false},
	{INO_QUEUE, INO_CONTROL, LAYOUT_QUEUE, S_IFDIR | 0755, NODE_QUEUE, false},
	{INO_REQUEST, INO_CONTROL, LAYOUT_REQUEST, S_IFREG | 0666, NODE_NONE, false},
	{INO_STATUS, INO_CONTROL, LAYOUT_STATUS, S_IFREG | 0444, NODE_NONE, false},
	{INO_AUDIT, INO_CONTROL, LAYOUT_AUDIT, S_IFREG | 0444, NODE_NONE, false},
	{INO_METRICS, INO_CONTROL, LAYOUT_METRICS, S_IFREG | 0444, NODE_NONE, false},
};

const struct fixed_node *node_fixed(uint64_t ino)
{
	if (ino < INO_ROOT || ino >= INO_FIXED_END)
		return NULL;
	return &fixed_nodes[ino - INO_ROOT];
}

const struct fixed_node *node_fixed_child(uint64_t parent, const char *name)
{
	for (size_t i = 0; i < sizeof(fixed_nodes) / sizeof(fixed_nodes[0]); i++)
		if (fixed_nodes[i].parent == parent && strcmp(fixed_nodes[i].name, name) == 0)
			return &fixed_nodes[i];
	return NULL;
}

enum node_kind node_kind(uint64_t ino)
{
	if (ino < TOKEN_FIRST)
		return NODE_FIXED;
	uint64_t kind = ino >> KIND_SHIFT;
	return kind < NODE_NONE ? (enum node_kind)kind : NODE_NONE;
}

uint64_t node_token(uint64_t ino)
{
	return ino & ((UINT64_C(1) << KIND_SHIFT) - 1);
}

uint64_t node_of(enum node_kind kind, uint64_t token)
{
	return (uint64_t)kind << KIND_SHIFT | token;
}

bool node_is_freeze(enum node_kind kind)
{
	return kind == NODE_FREEZE || kind == NODE_FORCE_FREEZE;
}

uint64_t node_lookup(const struct engine *engine, uint64_t parent, const char *name)
{
	const struct fixed_node *directory = node_fixed(parent);
	const struct fixed_node *child = node_fixed_child(parent, name);
	struct resource resource;
	if (child)
		return child->ino;
	if (!directory || directory->entries == NODE_NONE ||
	    resource_from_name(name, &resource) != VERDICT_OK)
		return 0;
	bool is_freeze = node_is_freeze(directory->entries);
	const struct lease *lease = engine_find(engine, is_freeze, resource.name);
	if (lease)
		return node_of(directory->entries, lease->token);
	uint64_t waiter = 0;
	const struct party *party;
	if (directory->entries != NODE_QUEUE ||
	    !engine_next_waiter(engine, resource.name, &waiter, &party))
		return 0;
	return node_of(NODE_QUEUE_AHEAD, waiter);
}

const char *node_queue(const struct engine *engine, uint64_t ino)
{
	if (node_kind(ino) == NODE_QUEUE_AHEAD)
		return engine_waiter_name(engine, node_token(ino));
	const struct lease *lease = node_kind(ino) == NODE_QUEUE ? node_lease(engine, ino) : NULL;
	return lease ? lease->name : NULL;
}

const struct lease *node_lease(const struct engine *engine, uint64_t ino)
{
	enum node_kind kind = node_kind(ino);
	if (kind == NODE_FIXED || kind == NODE_NONE || kind == NODE_QUEUE_AHEAD)
		return NULL;
	const struct lease *lease = engine_find_token(engine, node_token(ino));
	return lease && lease->is_freeze == node_is_freeze(kind) ? lease : NULL;
}

void node_fixed_attr(const struct fixed_node *node, uid_t uid, gid_t gid, time_t since,
		     struct stat *attr)
{
	*attr = (struct stat){
		.st_ino = node->ino,
		.st_mode = node->mode,
		.st_nlink = S_ISDIR(node->mode) ? 2 : 1,
		.st_uid = uid,
		.st_gid = gid,
		.st_size = S_ISLNK(node->mode) ? 2 : 0,
		.st_blksize = 4096,
		.st_atim = {.tv_sec = since},
		.st_mtim = {.tv_sec = since},
		.st_ctim = {.tv_sec = since},
	};
}

void node_queue_attr(uint64_t ino, uid_t uid, gid_t gid, struct stat *attr)
{
	*attr = (struct stat){.st_ino = ino, .st_mode = S_IFREG | 0444, .st_nlink = 1};
	attr->st_uid = uid;
	attr->st_gid = gid;
}

static struct timespec timespec_of(int64_t wall_ns)
{
	return (struct timespec){.tv_sec = wall_ns / NS_PER_SEC, .tv_nsec = wall_ns % NS_PER_SEC};
}

void node_lease_attr(uint64_t ino, const struct lease *lease, struct stat *attr)
{
	struct timespec acquired = timespec_of(lease->acquired_wall_ns);
	*attr = (struct stat){
		.st_ino = node_kind(ino) == NODE_FREEZE ? lease->token : ino,
		.st_mode = S_IFREG | 0644,
		.st_nlink = 1,
		.st_uid = lease->party->uid,
		.st_gid = lease->party->gid,
		.st_blksize = 4096,
		.st_blocks = 1,
		.st_atim = acquired,
		.st_ctim = acquired,
		.st_mtim = {.tv_sec = LEASE_NEVER_MTIME},
	};
	if (lease->ttl_ms)
		attr->st_mtim = timespec_of(lease->expires_wall_ns);
}

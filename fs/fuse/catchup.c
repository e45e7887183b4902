/* See catchup.h. One row a request that looks at one lease only; all others may look at many. */
#include "fuse/catchup.h"

#include <string.h>

#include "cached.h"
#include "fuse/nodes.h"

enum scope {
	SCOPE_ALL,  /* lists, contents, open files that stand for other leases than their inode's */
	SCOPE_NAME, /* of the directory; behind so many bytes of the body */
	SCOPE_NODE,
	SCOPE_NONE
};

static const struct scope_row {
	uint32_t opcode;
	enum scope scope;
	size_t before_name;
} scope_rows[] = {
	{FUSE_LOOKUP, SCOPE_NAME, 0},
	{FUSE_CREATE, SCOPE_NAME, sizeof(struct fuse_create_in)},
	{FUSE_UNLINK, SCOPE_NAME, 0},
	{FUSE_GETATTR, SCOPE_NODE, 0},
	{FUSE_SETATTR, SCOPE_NODE, 0},
	{FUSE_OPEN, SCOPE_NODE, 0},
	/* what they end has ended either way */
	{FUSE_FLUSH, SCOPE_NODE, 0},
	{FUSE_RELEASE, SCOPE_NODE, 0},
	{FUSE_FORGET, SCOPE_NONE, 0},
	{FUSE_BATCH_FORGET, SCOPE_NONE, 0},
	{FUSE_INTERRUPT, SCOPE_NONE, 0},
	{FUSE_STATFS, SCOPE_NONE, 0},
};

static const struct scope_row *row_of(uint32_t opcode)
{
	static const struct scope_row all = {.scope = SCOPE_ALL};
	for (size_t i = 0; i < sizeof(scope_rows) / sizeof(scope_rows[0]); i++)
		if (scope_rows[i].opcode == opcode)
			return &scope_rows[i];
	return &all;
}

/* The kernel ends a name with a NUL, but a fuzzer may not. */
static void catch_up_name(struct mount *mount, const struct fuse_in_header *request,
			  size_t before_name)
{
	size_t at = sizeof(*request) + before_name;
	const char *name = (const char *)request + at;
	if (at < request->len && memchr(name, '\0', request->len - at))
		serve_catch_up_name(mount->serve, name);
}

void catchup_for(struct mount *mount, const struct fuse_in_header *request)
{
	const struct scope_row *row = row_of(request->opcode);
	if (!mount->serve->is_behind)
		return;
	switch (row->scope) {
	case SCOPE_ALL:
		serve_catch_up(mount->serve);
		break;
	case SCOPE_NAME:
		catch_up_name(mount, request, row->before_name);
		break;
	case SCOPE_NODE:
		serve_catch_up_lease(mount->serve, node_token(request->nodeid));
		break;
	case SCOPE_NONE:
		break;
	}
}

/* Of any other lease than the one that it is about. */
static bool tells_nothing(const struct fuse_in_header *request)
{
	switch (request->opcode) {
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		return true;
	case FUSE_LOOKUP:
		return request->nodeid == INO_ROOT;
	default:
		return false;
	}
}

void catchup_entry(struct mount *mount, const struct fuse_in_header *request)
{
	uint64_t token;
	if (!cached_is_unproven(mount->serve, &token))
		return;
	bool is_change = request->opcode == FUSE_CREATE || request->opcode == FUSE_UNLINK;
	if ((is_change && request->nodeid == INO_ROOT) || (token && request->nodeid == token))
		cached_prove(mount->serve);
	else if (!tells_nothing(request))
		cached_doubt(mount->serve);
}

/*
 * Candidates come from status.json; whose they are only the daemon knows. It is asked for
 * something that it has to refuse: to break this very lease, should it be stale.
 */
#include "obstacles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "daemonfile.h"
#include "lokt/resource.h"

static const char *const words[] = {
	[REASON_FROZEN] = "frozen",	  [REASON_HELD] = "held",
	[REASON_SELF_HELD] = "self-held", [REASON_STALE] = "stale",
	[REASON_CONFLICT] = "conflict",
};

const char *reason_word(enum reason reason)
{
	return words[reason];
}

struct search {
	const struct call *call;
	struct obstacles *found;
	bool wants_freezes;
	bool is_mounter;
};

static bool is_stale(const struct lease_view *lease)
{
	return !lease->is_freeze && !lease->is_bound && !lease->ttl_ms && lease->pid > 0 &&
	       strcmp(lease->pid_status, "dead") == 0;
}

/*
 * 1, 0, or -ENOENT when it has ended. A query changes nothing, but of a name that is both held
 * and frozen it tells the lease; so a freeze is asked after by what is always refused: no freeze
 * is ever stale.
 */
static int ask_if_own(const struct mount *mount, const struct lease_view *lease)
{
	struct ask ask = {.op = ASK_QUERY};
	struct answer_view answer;
	int own = -ENOENT;

	if (lease->is_freeze) {
		ask.op = ASK_UNFREEZE;
		ask.break_stale = true;
		snprintf(ask.lock_id, sizeof(ask.lock_id), "%s", lease->lock_id);
	}
	snprintf(ask.resource, sizeof(ask.resource), "%s", lease->name);
	if (client_ask(mount, &ask, &answer) < 0)
		return 0;
	if (!answer.ok && answer.has_holder && strcmp(answer.lease.lock_id, lease->lock_id) == 0)
		own = answer.is_own;
	answer_view_release(&answer);
	return own;
}

static enum reason reason_of(const struct obstacle *obstacle, bool is_equal)
{
	if (obstacle->lease.is_freeze)
		return REASON_FROZEN;
	if (!is_equal)
		return REASON_CONFLICT;
	if (obstacle->is_stale)
		return REASON_STALE;
	return obstacle->is_own ? REASON_SELF_HELD : REASON_HELD;
}

static int keep(struct obstacles *found, const struct obstacle *obstacle, const char *raw)
{
	struct obstacle *kept = &found->list[found->len];

	if (found->len == OBSTACLES_MAX) {
		found->more++;
		return 0;
	}
	*kept = *obstacle;
	kept->raw = strdup(raw);
	if (!kept->raw)
		return -ENOMEM;
	found->len++;
	return 0;
}

static int visit(const struct lease_view *lease, const char *raw, void *context)
{
	const struct search *search = context;
	struct obstacle obstacle = {.lease = *lease, .is_stale = is_stale(lease)};
	struct resource resource;
	bool is_equal;
	int own;

	if (lease->is_freeze != search->wants_freezes ||
	    resource_from_text(lease->name, &resource) != VERDICT_OK ||
	    !resource_names_overlap(resource.name, search->call->resource.name))
		return 0;
	is_equal = resource_is_equal(&resource, &search->call->resource);
	own = obstacle.is_stale ? 0 : ask_if_own(&search->call->mount, lease);
	/* what overlaps a party's own locks does not stand in its way */
	if (own == -ENOENT || (own && !is_equal && !lease->is_freeze))
		return 0;
	obstacle.is_own = own;
	obstacle.may_force = search->is_mounter || lease->uid == geteuid();
	obstacle.reason = reason_of(&obstacle, is_equal);
	return keep(search->found, &obstacle, raw);
}

static bool is_mounter(const char *root)
{
	struct daemonfile daemon;

	return geteuid() == 0 || (daemonfile_read(root, &daemon) == 0 && daemon.uid == geteuid());
}

int obstacles_find(const struct call *call, struct obstacles *out)
{
	struct obstacles found = {0};
	struct search search = {.call = call, .found = &found, .wants_freezes = true};
	struct text document = {0};
	int error = client_read_status(&call->mount, &document);

	search.is_mounter = is_mounter(call->root);
	for (int i = 0; i < 2 && !error; i++) {
		error = lease_json_each(document.data ? document.data : "", document.len, visit,
					&search);
		search.wants_freezes = false;
	}
	text_release(&document);
	if (error) {
		obstacles_release(&found);
		return error;
	}
	found.waiters = client_queue_length(&call->mount, call->resource.name);
	*out = found;
	return 0;
}

void obstacles_release(struct obstacles *obstacles)
{
	for (size_t i = 0; i < obstacles->len; i++)
		free(obstacles->list[i].raw);
	obstacles->len = 0;
}

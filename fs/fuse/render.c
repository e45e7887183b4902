/*
 * See render.h. Lease keys are lease_json.h's to spell.
 */
#include "fuse/render.h"

#include "cached.h"
#include "fuse/nodes.h"
#include "lokt/lease_json.h"

void render_lease(struct text *out, const struct lease *lease)
{
	lease_json_write(out, lease);
	text_puts(out, "\n");
}

off_t render_lease_size(const struct lease *lease)
{
	struct text text = {0};
	render_lease(&text, lease);
	off_t size = (off_t)text.len;
	text_release(&text);
	return size;
}

static void render_table(struct mount *mount, struct text *out, bool is_freeze)
{
	struct serve *serve = mount->serve;
	const struct lease *lease = NULL;
	bool is_first = true;
	text_puts(out, "[");
	while ((lease = engine_next(serve->engine, is_freeze, lease))) {
		text_puts(out, is_first ? "\n" : ",\n");
		is_first = false;
		const char *pid_status = serve_pid_status(serve, lease);
		lease_json_write_status(out, lease, serve->now.wall_ns, pid_status);
	}
	text_puts(out, "]");
}

/* Newest first. */
static void render_conflicts(const struct shared_news *news, struct text *out)
{
	bool is_first = true;
	text_puts(out, "[");
	for (unsigned i = 1; i <= CONFLICTS_KEPT; i++) {
		unsigned at = (news->next_conflict + CONFLICTS_KEPT - i) % CONFLICTS_KEPT;
		if (!news->conflicts[at].wall_ns)
			break;
		text_puts(out, is_first ? "" : ",\n");
		is_first = false;
		conflict_json_write(out, &news->conflicts[at]);
	}
	text_puts(out, "]");
}

void render_status(struct mount *mount, struct text *out)
{
	char now[RFC3339_TEXT_MAX];
	rfc3339_format(mount->serve->now.wall_ns, 3, now);
	text_puts(out, "{\"version\":1");
	text_key_string(out, "now", now);
	text_key_i64(out, "uid", mount->uid);
	text_key(out, "leases");
	render_table(mount, out, false);
	text_key(out, "freezes");
	render_table(mount, out, true);
	text_key(out, "conflicts");
	render_conflicts(&mount->serve->news, out);
	text_key(out, "shared");
	shared_json_write(out, &mount->serve->news.state);
	text_puts(out, "}\n");
}

void render_queue(struct mount *mount, const struct resource *resource, struct text *out)
{
	uint64_t waiter = 0;
	const struct party *party;
	unsigned place = 0;
	text_puts(out, "[");
	while (engine_next_waiter(mount->serve->engine, resource->name, &waiter, &party)) {
		text_puts(out, place++ ? ",\n{" : "{");
		text_key_u64(out, "place", place);
		text_key_string(out, "owner", party->owner);
		text_key_string(out, "host", party->host);
		text_key_string(out, "agent_id", party->agent_id);
		text_key_i64(out, "pid", party->chain_len ? party->chain[0].pid : 0);
		text_puts(out, "}");
	}
	text_puts(out, "]\n");
}

void render_metrics(struct mount *mount, struct text *out)
{
	const struct engine *engine = mount->serve->engine;
	text_puts(out, "# TYPE loktfs_leases gauge\n");
	text_printf(out, "loktfs_leases %zu\n", engine_count(engine, false));
	text_puts(out, "# TYPE loktfs_freezes gauge\n");
	text_printf(out, "loktfs_freezes %zu\n", engine_count(engine, true));
	text_puts(out, "# TYPE loktfs_last_fencing_token counter\n");
	text_printf(out, "loktfs_last_fencing_token %llu\n",
		    (unsigned long long)engine_next_token(engine) - 1);
	text_puts(out, "# TYPE loktfs_requests counter\n");
	text_printf(out, "loktfs_requests %llu\n",
		    (unsigned long long)mount->channel.area->head->served);
	if (!mount->serve->cached)
		return;
	text_puts(out, "# TYPE loktfs_cache_forgotten counter\n");
	text_printf(out, "loktfs_cache_forgotten %llu\n",
		    (unsigned long long)mount->serve->cached->forgotten);
}

off_t render_fixed_size(struct mount *mount, uint64_t ino)
{
	uint64_t size = 0;
	if (ino == INO_AUDIT)
		serve_audit_fd(mount->serve, &size);
	return (off_t)size;
}

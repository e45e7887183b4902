/*
 * Streams for git that change lock refs. fast-import moves a ref only to a commit that contains
 * the old one, and update-ref deletes it only if the old one stands there, so that what somebody
 * changed by hand meanwhile is never run over.
 */
#include "host/gitwrite.h"

#include <string.h>

#include "host/gitparse.h"

#define NS_PER_S INT64_C(1000000000)

static void add_data(struct text *out, const struct text *data)
{
	text_printf(out, "data %zu\n", data->len);
	text_add(out, data->data, data->len);
	text_puts(out, "\n");
	out->failed = out->failed || data->failed;
}

static void add_ident(struct text *out, const char *who, const struct lockref *lock, int64_t now_s)
{
	text_puts(out, who);
	text_puts(out, " ");
	lockref_ident(out, lock);
	text_puts(out, " ");
	text_add_i64(out, now_s);
	text_puts(out, " +0000\n");
}

static void add_commit(struct text *out, const struct ref_change *change, size_t mark,
		       int64_t now_s)
{
	char resource[RESOURCE_NAME_MAX + 1];
	struct text part = {0};

	text_printf(out, "commit " LOCKREF_PREFIX "%s\nmark :%zu\n", change->hash, mark);
	add_ident(out, "author", &change->lock, now_s);
	add_ident(out, "committer", &change->lock, now_s);
	resource_display(&change->lock.resource, resource);
	text_printf(&part, "lock %s\n", resource);
	add_data(out, &part);
	if (change->parent[0])
		text_printf(out, "from %s\n", change->parent);
	text_puts(out, "deleteall\nM 100644 inline lock.json\n");
	text_clear(&part);
	lockref_write(&part, &change->lock);
	add_data(out, &part);
	text_release(&part);
	text_printf(out, "\nget-mark :%zu\n", mark);
}

void gitwrite_commits(struct text *out, const struct ref_change *changes, size_t len,
		      int64_t now_wall_ns)
{
	size_t mark = 0;

	for (size_t i = 0; i < len; i++)
		if (!changes[i].is_delete)
			add_commit(out, &changes[i], ++mark, now_wall_ns / NS_PER_S);
	text_puts(out, "done\n");
}

bool gitwrite_take_versions(const char *text, size_t len, struct ref_change *changes, size_t count)
{
	bool is_complete = true;

	for (size_t i = 0; i < count; i++) {
		const char *newline = len ? memchr(text, '\n', len) : NULL;
		size_t line = newline ? (size_t)(newline - text) : 0;

		memset(changes[i].version, 0, sizeof changes[i].version);
		if (changes[i].is_delete)
			continue;
		if (!version_is_valid(text, line)) {
			is_complete = false;
			continue;
		}
		memcpy(changes[i].version, text, line);
		text += line + 1;
		len -= line + 1;
	}
	return is_complete && len == 0;
}

void gitwrite_deletes(struct text *out, const struct ref_change *changes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (changes[i].is_delete)
			text_printf(out, "delete " LOCKREF_PREFIX "%s%s%s\n", changes[i].hash,
				    changes[i].parent[0] ? " " : "", changes[i].parent);
}

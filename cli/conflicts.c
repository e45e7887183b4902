/* See conflicts.h. */
#include "conflicts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"

static int keep(const struct conflict *conflict, const char *raw, void *context)
{
	struct conflicts *conflicts = context;
	struct known_conflict *list =
		reallocarray(conflicts->list, conflicts->len + 1, sizeof(*list));
	char *copy = strdup(raw);

	if (list)
		conflicts->list = list;
	if (!list || !copy) {
		free(copy);
		return -ENOMEM;
	}
	list[conflicts->len++] = (struct known_conflict){*conflict, copy};
	return 0;
}

static int by_age(const void *a, const void *b)
{
	int64_t left = ((const struct known_conflict *)a)->conflict.wall_ns;
	int64_t right = ((const struct known_conflict *)b)->conflict.wall_ns;

	return (left < right) - (left > right);
}

int conflicts_read(const struct text *document, struct conflicts *out)
{
	struct conflicts found = {0};
	int error = conflict_json_each(document->data ? document->data : "", document->len, keep,
				       &found);

	if (error) {
		conflicts_release(&found);
		return error;
	}
	if (found.len)
		qsort(found.list, found.len, sizeof(*found.list), by_age);
	*out = found;
	return 0;
}

void conflicts_release(struct conflicts *conflicts)
{
	for (size_t i = 0; i < conflicts->len; i++)
		free(conflicts->list[i].raw);
	free(conflicts->list);
	*conflicts = (struct conflicts){0};
}

void conflicts_add_json(struct text *json, const struct conflicts *conflicts, size_t len)
{
	text_puts(json, "[");
	for (size_t i = 0; i < len && i < conflicts->len; i++) {
		text_puts(json, i ? "," : "");
		text_puts(json, conflicts->list[i].raw);
	}
	text_puts(json, "]");
}

void conflicts_add_sentence(struct text *out, const struct conflict *conflict)
{
	const struct lockref *theirs = &conflict->theirs;
	char ours[RESOURCE_NAME_MAX + 1];
	char other[RESOURCE_NAME_MAX + 1];
	char expiry[SHOW_TIME_MAX];

	resource_display(&conflict->resource, ours);
	resource_display(&theirs->resource, other);
	show_time(theirs->expires_unix_ms, expiry);
	text_puts(out, ours);
	if (strcmp(ours, other) != 0)
		text_printf(out, " overlaps %s, which", other);
	text_printf(out, " is held by %s on %s until %s; ", theirs->owner, theirs->host, expiry);
	if (strcmp(conflict->owner, show_caller()) == 0)
		text_puts(out, "your lock was revoked");
	else
		text_printf(out, "the lock of %s was revoked", conflict->owner);
}

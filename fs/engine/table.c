/*
 * See table.h. A repo: overlaps all, so those have a list of their own. Above every path: slot its directories are counted, so that the common
 * answer "nothing below that path is held" is one look-up and not a walk.
 */
#include "engine/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#define SEPARATOR "%2F"
#define SEPARATOR_LEN 3

struct dir {
	UT_hash_handle hh;
	size_t slots; /* below it */
	size_t len;
	char name[];
};

/* Length of the next longer proper prefix of a path: name that is a directory; 0 none. */
static size_t next_dir(const char *name, size_t after)
{
	const char *separator = strstr(name + after, SEPARATOR);
	return separator ? (size_t)(separator - name) : 0;
}

static struct dir *find_dir(const struct table *table, const char *name, size_t len)
{
	struct dir *dir;
	HASH_FIND(hh, table->dirs, name, len, dir);
	return dir;
}

static struct dir *add_dir(struct table *table, const char *name, size_t len)
{
	struct dir *dir = calloc(1, sizeof(*dir) + len + 1);
	if (!dir)
		return NULL;
	memcpy(dir->name, name, len);
	dir->len = len;
	HASH_ADD_KEYPTR(hh, table->dirs, dir->name, len, dir);
	if (dir->hh.tbl)
		return dir;
	free(dir);
	return NULL;
}

static void uncount_dirs(struct table *table, const char *name, size_t up_to)
{
	for (size_t len = next_dir(name, 0); len && len < up_to;
	     len = next_dir(name, len + SEPARATOR_LEN)) {
		struct dir *dir = find_dir(table, name, len);
		if (--dir->slots)
			continue;
		HASH_DELETE(hh, table->dirs, dir);
		free(dir);
	}
}

static int count_dirs(struct table *table, const char *name)
{
	for (size_t len = next_dir(name, 0); len; len = next_dir(name, len + SEPARATOR_LEN)) {
		struct dir *dir = find_dir(table, name, len);
		if (!dir)
			dir = add_dir(table, name, len);
		if (!dir) {
			uncount_dirs(table, name, len);
			return -ENOMEM;
		}
		dir->slots++;
	}
	return 0;
}

void table_release(struct table *table)
{
	struct dir *dir, *tmp;
	HASH_ITER (hh, table->dirs, dir, tmp) {
		HASH_DELETE(hh, table->dirs, dir);
		free(dir);
	}
	index_release(&table->by_name);
	*table = (struct table){0};
}

static uint64_t hash_of(const char *name)
{
	return index_hash(name, strlen(name));
}

int table_add(struct table *table, struct slot *slot)
{
	const struct lease *lease = &slot->lease;
	if (lease->kind == RESOURCE_PATH && count_dirs(table, lease->name) < 0)
		return -ENOMEM;
	if (index_add(&table->by_name, &slot->by_name, hash_of(lease->name)) < 0) {
		if (lease->kind == RESOURCE_PATH)
			uncount_dirs(table, lease->name, SIZE_MAX);
		return -ENOMEM;
	}
	DL_APPEND(table->kinds[lease->kind], slot);
	if (lease->kind == RESOURCE_REPO)
		table->repos++;
	return 0;
}

void table_remove(struct table *table, struct slot *slot)
{
	const struct lease *lease = &slot->lease;
	index_remove(&table->by_name, &slot->by_name);
	DL_DELETE(table->kinds[lease->kind], slot);
	if (lease->kind == RESOURCE_REPO)
		table->repos--;
	if (lease->kind == RESOURCE_PATH)
		uncount_dirs(table, lease->name, SIZE_MAX);
}

static struct slot *find(const struct table *table, const char *name, size_t len)
{
	struct index_link *link = index_find(&table->by_name, index_hash(name, len));
	for (; link; link = index_find_next(link)) {
		struct slot *slot = container_of(link, struct slot, by_name);
		const char *other = slot->lease.name;
		if (strncmp(other, name, len) == 0 && other[len] == '\0')
			return slot;
	}
	return NULL;
}

struct slot *table_find(const struct table *table, const char *name)
{
	return find(table, name, strlen(name));
}

struct slot *table_next(const struct table *table, const struct slot *previous)
{
	struct slot *slot = previous ? previous->next : NULL;
	size_t kind = previous ? previous->lease.kind + 1 : RESOURCE_PLAIN;
	for (; !slot && kind <= RESOURCE_REPO; kind++)
		slot = table->kinds[kind];
	return slot;
}

/* The shortest directory above `name` that has a slot and ends at `after` or behind. */
static struct slot *next_above(const struct table *table, const char *name, size_t after)
{
	for (size_t len = next_dir(name, after); len; len = next_dir(name, len + SEPARATOR_LEN)) {
		struct slot *slot = find(table, name, len);
		if (slot)
			return slot;
	}
	return NULL;
}

static struct slot *next_below(struct slot *slot, const char *name)
{
	size_t len = strlen(name);
	for (; slot; slot = slot->next) {
		const char *other = slot->lease.name;
		if (strncmp(other, name, len) == 0 &&
		    strncmp(other + len, SEPARATOR, SEPARATOR_LEN) == 0)
			return slot;
	}
	return NULL;
}

/* First those above, then those below; each is a path, so previous tells where we are. */
static struct slot *next_path(const struct table *table, const char *name,
			      const struct slot *previous)
{
	size_t above = previous ? strlen(previous->lease.name) : 0;
	if (above > strlen(name))
		return next_below(previous->next, name);
	struct slot *slot = next_above(table, name, above ? above + SEPARATOR_LEN : 0);
	if (slot || !find_dir(table, name, strlen(name)))
		return slot;
	return next_below(table->kinds[RESOURCE_PATH], name);
}

static struct slot *skip_equal(struct slot *slot, const struct resource *resource)
{
	return slot && lease_is_of(&slot->lease, resource) ? slot->next : slot;
}

/* Kind after kind, as far as resources of this kind may overlap those. */
static struct slot *next_of_kind(const struct table *table, const struct resource *resource,
				 enum resource_kind kind, const struct slot *previous)
{
	if (kind == RESOURCE_PATH && resource->kind == RESOURCE_PATH)
		return next_path(table, resource->name, previous);
	if (kind != RESOURCE_REPO && resource->kind != RESOURCE_REPO)
		return NULL;
	return skip_equal(previous ? previous->next : table->kinds[kind], resource);
}

struct slot *table_next_overlap(const struct table *table, const struct resource *resource,
				const struct slot *previous)
{
	if (!resource_is_shared(resource))
		return NULL;
	enum resource_kind kind = previous ? previous->lease.kind : RESOURCE_REPO;
	for (; kind > RESOURCE_PLAIN; kind--) {
		struct slot *slot = next_of_kind(table, resource, kind, previous);
		if (slot)
			return slot;
		previous = NULL;
	}
	return NULL;
}

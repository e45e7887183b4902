/*
 * One snapshot names the locks; about each that matters the daemon is asked whose it is. Paths
 * are compared as bytes, since a file may be too long or too odd for a lock's name.
 */
#include "covers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_PREFIX "path:"

/* outer is path, or a directory above it; "" is the top. */
static bool contains(const char *outer, const char *path)
{
	size_t len = strlen(outer);

	return len == 0 ||
	       (strncmp(outer, path, len) == 0 && (path[len] == '/' || path[len] == '\0'));
}

bool cover_covers(const struct cover *cover, const char *path)
{
	return contains(cover->path, path);
}

bool cover_touches(const struct cover *cover, const char *path)
{
	return contains(cover->path, path) || contains(path, cover->path);
}

/* The first of the sorted paths that is not before key. */
static const char *lower_bound(const struct changes *changes, const char *key)
{
	size_t low = 0;
	size_t high = changes->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(changes->list[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < changes->len ? changes->list[low] : NULL;
}

static bool has_path(const struct changes *changes, const char *path)
{
	const char *found = lower_bound(changes, path);

	return found && strcmp(found, path) == 0;
}

/* Any of the changes is the path, below it, or above it. */
static bool matters(const struct changes *changes, const char *path)
{
	char key[RESOURCE_NAME_MAX + 2];
	const char *found;

	if (changes->len == 0)
		return false;
	if (!path[0] || has_path(changes, path) || has_path(changes, ""))
		return true;
	snprintf(key, sizeof(key), "%s/", path);
	found = lower_bound(changes, key);
	if (found && strncmp(found, key, strlen(key)) == 0)
		return true;
	for (char *slash = strchr(key, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (has_path(changes, key))
			return true;
		*slash = '/';
	}
	return false;
}

/* What files a lease is about: false for none. */
static bool read_path(const struct lease_view *lease, char out[RESOURCE_NAME_MAX + 1])
{
	struct resource resource;
	char bytes[RESOURCE_NAME_MAX + 1];

	if (lease->is_freeze || resource_from_text(lease->name, &resource) != VERDICT_OK)
		return false;
	resource_bytes(&resource, bytes);
	if (resource.kind == RESOURCE_PATH)
		snprintf(out, RESOURCE_NAME_MAX + 1, "%s", bytes + strlen(PATH_PREFIX));
	else
		out[0] = '\0';
	return resource.kind == RESOURCE_PATH || resource.kind == RESOURCE_REPO;
}

/* 1, 0, -ENOENT when that very lease has ended, or another negative errno. */
static int ask_if_own(const struct mount *mount, const struct lease_view *lease)
{
	struct ask ask = {.op = ASK_QUERY};
	struct answer_view answer;
	int own = -ENOENT;
	int error;

	snprintf(ask.resource, sizeof(ask.resource), "%s", lease->name);
	error = client_ask(mount, &ask, &answer);
	if (error)
		return error;
	if (answer.has_holder && strcmp(answer.lease.lock_id, lease->lock_id) == 0)
		own = answer.is_own;
	answer_view_release(&answer);
	return own;
}

struct search {
	const struct mount *mount;
	const struct changes *changes;
	struct covers found;
};

static int keep(struct covers *covers, const struct cover *cover)
{
	if (covers->len == covers->cap) {
		size_t cap = covers->cap ? covers->cap * 2 : 16;
		struct cover *list = reallocarray(covers->list, cap, sizeof(*list));

		if (!list)
			return -ENOMEM;
		covers->list = list;
		covers->cap = cap;
	}
	covers->list[covers->len++] = *cover;
	return 0;
}

static int visit(const struct lease_view *lease, const char *raw, void *context)
{
	struct search *search = context;
	struct cover cover = {.lease = *lease};
	int own;

	(void)raw;
	if (!read_path(lease, cover.path) || !matters(search->changes, cover.path))
		return 0;
	own = ask_if_own(search->mount, lease);
	if (own < 0)
		return own == -ENOENT ? 0 : own;
	cover.is_own = own;
	return keep(&search->found, &cover);
}

int covers_find(const struct mount *mount, const struct changes *changes, struct covers *out)
{
	struct search search = {.mount = mount, .changes = changes};
	struct text document = {0};
	int error = client_read_status(mount, &document);

	if (!error)
		error = lease_json_each(document.data ? document.data : "", document.len, visit,
					&search);
	text_release(&document);
	if (error)
		covers_release(&search.found);
	else
		*out = search.found;
	return error;
}

void covers_release(struct covers *covers)
{
	free(covers->list);
	*covers = (struct covers){0};
}

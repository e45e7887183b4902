/*
 * Brings "path:" arguments into the one form that the contract takes; all other names are
 * resource.h's affair. Paths are compared as text first: a file need not exist to be locked.
 */
#include "name.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lokt/root.h"

#define PATH_PREFIX "path:"
#define PREFIX_LEN (sizeof(PATH_PREFIX) - 1)

static const char *const outside = "is outside the repository";

/*
 * Drops empty and "." components, lets ".." take one back. False when it leaves the top. out
 * has room for the whole path.
 */
static bool tidy(const char *path, char *out)
{
	size_t len = 0;

	while (*path) {
		size_t step = strcspn(path, "/");

		if (step == 2 && memcmp(path, "..", 2) == 0) {
			if (len == 0)
				return false;
			while (len > 0 && out[--len] != '/')
				continue;
		} else if (step > 0 && !(step == 1 && path[0] == '.')) {
			if (len > 0)
				out[len++] = '/';
			memcpy(out + len, path, step);
			len += step;
		}
		path += step + (path[step] == '/');
	}
	out[len] = '\0';
	return true;
}

/* What follows top in path, or NULL; both tidy and without a leading slash. */
static const char *below(const char *top, const char *path)
{
	size_t len = strlen(top);

	if (strncmp(path, top, len) != 0)
		return NULL;
	if (len == 0 || path[len] == '\0')
		return path + len;
	return path[len] == '/' ? path + len + 1 : NULL;
}

/*
 * The path with what exists of it by its real name: the work tree may be reached through a
 * symlink.
 */
static bool resolve(const char *path, char out[PATH_MAX])
{
	char parent[PATH_MAX];
	char real[PATH_MAX];
	size_t len = strlen(path);

	while (len > 0) {
		snprintf(parent, sizeof(parent), "%.*s", (int)len, path);
		if (realpath(parent, real))
			return snprintf(out, PATH_MAX, "%s%s", real, path + len) < PATH_MAX;
		while (len > 0 && path[--len] != '/')
			continue;
	}
	return false;
}

const char *name_relative(const char *path, char out[PATH_MAX])
{
	char top[PATH_MAX];
	char tidy_top[PATH_MAX];
	char tidy_path[PATH_MAX];
	char real[PATH_MAX];
	const char *rest;

	if (root_find_worktree(top, sizeof(top)) < 0)
		return "is absolute, and this is no git work tree";
	if (!tidy(top, tidy_top) || !tidy(path, tidy_path))
		return outside;
	rest = below(tidy_top, tidy_path);
	if (!rest && resolve(path, real) && tidy(real, tidy_path))
		rest = below(tidy_top, tidy_path);
	if (!rest)
		return outside;
	memmove(out, rest, strlen(rest) + 1);
	return NULL;
}

static const char *read_path(const char *path, struct resource *out)
{
	char relative[PATH_MAX];
	char text[PREFIX_LEN + PATH_MAX];
	const char *wrong = NULL;

	if (strlen(path) >= PATH_MAX)
		return "is too long";
	if (path[0] == '/')
		wrong = name_relative(path, relative);
	else if (!tidy(path, relative))
		wrong = outside;
	if (wrong)
		return wrong;
	if (!relative[0])
		return "is the repository itself: use a repo: name";
	snprintf(text, sizeof(text), PATH_PREFIX "%s", relative);
	switch (resource_from_text(text, out)) {
	case VERDICT_OK:
		return NULL;
	case VERDICT_NAME_TOO_LONG:
		return "is too long";
	default:
		return "is not a valid name";
	}
}

const char *name_read(const char *argument, struct resource *out)
{
	enum verdict verdict = resource_from_text(argument, out);

	if (verdict == VERDICT_OK)
		return NULL;
	if (strncmp(argument, PATH_PREFIX, PREFIX_LEN) == 0)
		return read_path(argument + PREFIX_LEN, out);
	return verdict == VERDICT_NAME_TOO_LONG ? "is too long" : "is not a valid name";
}

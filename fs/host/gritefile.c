/*
 * Finds and reads the file; what is in it is core/grite_config.c's.
 */
#include "host/gritefile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/smallfile.h"
#include "lokt/root.h"

static int parse(const char *text, size_t len, struct grite_config *out,
		 char why[GRITEFILE_WHY_MAX])
{
	struct grite_fault fault;
	int error = grite_config_parse(text, len, out, &fault);

	if (error)
		snprintf(why, GRITEFILE_WHY_MAX, GRITEFILE_NAME " line %u: %s", fault.line,
			 fault.what);
	return error;
}

int gritefile_read(const char *git_dir, struct grite_config *out, char why[GRITEFILE_WHY_MAX])
{
	/* what fits exactly is told apart from what does not by one byte more */
	const size_t cap = GRITE_CONFIG_MAX + 2;
	char path[PATH_MAX];
	char *text;
	ssize_t len;
	int error;

	if (snprintf(path, sizeof(path), "%s/" GRITEFILE_NAME, git_dir) >= (int)sizeof(path)) {
		snprintf(why, GRITEFILE_WHY_MAX, GRITEFILE_NAME ": %s", strerror(ENAMETOOLONG));
		return -ENAMETOOLONG;
	}
	text = malloc(cap);
	len = text ? smallfile_read(AT_FDCWD, path, text, cap) : -ENOMEM;
	if (len >= 0) {
		error = parse(text, (size_t)len, out, why);
	} else if (len == -ENOENT || len == -ENOTDIR) {
		grite_config_init(out);
		error = 0;
	} else {
		snprintf(why, GRITEFILE_WHY_MAX, GRITEFILE_NAME ": %s", strerror((int)-len));
		error = (int)len;
	}
	free(text);
	return error;
}

int gritefile_read_around(const char *root, struct grite_config *out, char why[GRITEFILE_WHY_MAX])
{
	char git_dir[PATH_MAX];

	grite_config_init(out);
	if (root_find_git_around(root, git_dir, sizeof(git_dir)) < 0)
		return 0;
	return gritefile_read(git_dir, out, why);
}

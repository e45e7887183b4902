/*
 * grite's configuration of a repository, read from its git common directory.
 */
#ifndef HOST_GRITEFILE_H
#define HOST_GRITEFILE_H

#include "lokt/grite_config.h"

/* Below the git common directory. */
#define GRITEFILE_NAME "grite/config.toml"

#define GRITEFILE_WHY_MAX 256

/*
 * Without a file what holds is the default. 0; -EINVAL for junk, or another negative errno; then
 * *why is a sentence with the line, and *out untouched.
 */
int gritefile_read(const char *git_dir, struct grite_config *out, char why[GRITEFILE_WHY_MAX]);

/* The same for the repository whose common directory holds this ROOT as lokt/, if one does. */
int gritefile_read_around(const char *root, struct grite_config *out, char why[GRITEFILE_WHY_MAX]);

#endif

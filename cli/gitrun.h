/*
 * The git program, asked for something: what it is given, what it answers. Its own words go to
 * our stderr.
 */
#ifndef CLI_GITRUN_H
#define CLI_GITRUN_H

#include "lokt/text.h"

/*
 * argv[0] is "git". stdin is the input (NULL: empty); stdout is appended to *out, up to a bound.
 * Its exit status, 128 + N after signal N, or a negative errno (-ENOENT: there is no git, -EFBIG).
 */
int gitrun(char *const argv[], const struct text *input, struct text *out);

#endif

/*
 * A resource as an argument of a command line.
 */
#ifndef CLI_NAME_H
#define CLI_NAME_H

#include <limits.h>

#include "lokt/resource.h"

/*
 * As resource_from_text(), and for "path:" whatever a shell or a person gives: absolute paths
 * inside the work tree, "./", "../" and "//", all relative to the repository's root. NULL, or a
 * sentence (static) that says what is wrong, *out untouched.
 */
const char *name_read(const char *argument, struct resource *out);

/*
 * An absolute path inside the work tree, made relative to its top ("": the top itself). NULL, or
 * what is wrong as above.
 */
const char *name_relative(const char *path, char out[PATH_MAX]);

#endif

/*
 * A resource as an argument of a command line.
 */
#ifndef CLI_NAME_H
#define CLI_NAME_H

#include "lokt/resource.h"

/*
 * As resource_from_text(), and for "path:" whatever a shell or a person gives: absolute paths
 * inside the work tree, "./", "../" and "//", all relative to the repository's root. NULL, or a
 * sentence (static) that says what is wrong, *out untouched.
 */
const char *name_read(const char *argument, struct resource *out);

#endif

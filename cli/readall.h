/*
 * A descriptor read to its end, within a bound.
 */
#ifndef CLI_READALL_H
#define CLI_READALL_H

#include <stddef.h>

#include "lokt/text.h"

/* Appends to *out. 0; -EFBIG over max bytes; -ENOMEM; or read's negative errno. */
int readall(int fd, size_t max, struct text *out);

#endif

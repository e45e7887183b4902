/*
 * ROOT/config: the options that every start of the daemon reads, one "key" or "key=value"
 * a line.
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

/* "ttl=10m,allow_other" is understood; else false and a sentence in why. */
bool config_check(const char *options, char *why, size_t cap);

/*
 * Puts checked options into ROOT/config, in place of earlier ones with the same key; makes the
 * ROOT. *is_changed: the file is another than before. 0 or a negative errno with nothing changed.
 */
int config_merge(const char *root, const char *options, bool *is_changed);

#endif

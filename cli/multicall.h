/*
 * lokt under the name grite: its lock commands are ours, the rest is passed to the next grite on
 * PATH.
 */
#ifndef CLI_MULTICALL_H
#define CLI_MULTICALL_H

#include "command.h"

bool multicall_is_grite(const char *argv0);

/* "lock" is the first word that is no option; it and what names the command are moved to the front. */
bool multicall_is_lock(char **words, size_t count);

/* The row of `lock COMMAND`; else *command stays NULL and the status is returned. */
int multicall_choose(char **words, size_t count, const struct command **command);

/* Becomes the next grite, with these words; returns only where that fails: the status. */
int multicall_pass_on(char **words);

#endif

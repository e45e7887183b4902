/*
 * Did you mean …? How far apart two words are.
 */
#ifndef CLI_SPELLING_H
#define CLI_SPELLING_H

#include <stddef.h>

/* Close enough to be suggested has at most this distance. */
#define SPELLING_NEAR 2

/* Letters added, lost, changed or swapped with their neighbour; words over 31 bytes are far. */
size_t spelling_distance(const char *a, const char *b);

#endif

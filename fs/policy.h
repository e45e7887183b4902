/*
 * lock_policy as the daemon goes by it: read once, at its start.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>

#define POLICY_WHY_MAX 512

/*
 * Whether overlapping leases of different parties are allowed in this ROOT (lock_policy "off").
 * 0, or a negative errno with a sentence in why.
 */
int policy_read(const char *root, bool *overlap_is_allowed, char why[POLICY_WHY_MAX]);

#endif

/*
 * See policy.h. A repository whose policy cannot be read has none that could be kept, so the
 * start fails rather than letting parties in that it may keep apart.
 */
#include "policy.h"

#include <stdio.h>

#include "host/gritefile.h"

int policy_read(const char *root, bool *overlap_is_allowed, char why[POLICY_WHY_MAX])
{
	struct grite_config config;
	char reason[GRITEFILE_WHY_MAX];
	int error = gritefile_read_around(root, &config, reason);

	if (error)
		snprintf(why, POLICY_WHY_MAX, "%s", reason);
	else
		*overlap_is_allowed = config.policy == LOCK_POLICY_OFF;
	return error;
}

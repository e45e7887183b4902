/* See linger.h. */
#include "linger.h"

#include <sched.h>

void linger_init(struct linger *linger)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	/* It fails where there are more processors than the set has room for. */
	bool is_many = sched_getaffinity(0, sizeof(set), &set) < 0 || CPU_COUNT(&set) > 1;
	*linger = (struct linger){.has_processors = is_many, .penalty = 1};
}

bool linger_begin(struct linger *linger)
{
	if (!linger->has_processors)
		return false;
	if (!linger->skip)
		return true;
	linger->skip--;
	return false;
}

void linger_end(struct linger *linger, bool was_asked)
{
	if (was_asked) {
		linger->penalty = 1;
		return;
	}
	linger->skip = linger->penalty;
	if (linger->penalty < LINGER_SKIP_MAX)
		linger->penalty *= 2;
}

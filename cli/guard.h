/*
 * A command under a lock: started when the lock is complete, with its signals passed on, its
 * lease renewed, and ended when the lock is lost.
 */
#ifndef CLI_GUARD_H
#define CLI_GUARD_H

#include "hold.h"

enum on_lost { ON_LOST_TERM, ON_LOST_WARN };

/* Gets the hold, runs argv under it and releases it. The status to exit with. */
int guard_run(const struct call *call, const struct hold_wish *wish, char **argv,
	      enum on_lost on_lost);

#endif

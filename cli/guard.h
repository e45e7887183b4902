/*
 * A command under a lock: started when the lock is complete, with its signals passed on, its
 * lease renewed, and ended when the lock is lost.
 */
#ifndef CLI_GUARD_H
#define CLI_GUARD_H

#include "hold.h"

enum on_lost { ON_LOST_TERM, ON_LOST_WARN };

/* Runs argv under the hold, which it releases. The status to exit with. */
int guard_run(struct hold *hold, char **argv, enum on_lost on_lost);

#endif

/*
 * The live table of top and "status --watch".
 */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "command.h"

/*
 * Shows the call's lock, or all, until the user quits; where stdout is no terminal, once.
 * Returns the exit status.
 */
int watch_run(const struct call *call);

#endif

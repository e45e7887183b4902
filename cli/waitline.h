/*
 * The line that a person at a terminal gets before a wait: for whom, and in which place. A
 * script is not told.
 */
#ifndef CLI_WAITLINE_H
#define CLI_WAITLINE_H

#include "command.h"

void waitline_tell(const struct call *call);

#endif

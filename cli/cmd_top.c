/*
 * lokt top: a live table of what is held.
 */
#include "command.h"
#include "watch.h"

static const struct option_row options[] = {{0}};

const struct command_body cmd_top = {options, NULL, watch_run};

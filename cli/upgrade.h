/*
 * A running daemon goes on as the program that was installed over it.
 */
#ifndef CLI_UPGRADE_H
#define CLI_UPGRADE_H

#include "command.h"

/* EXIT_DONE once the new program serves the mount, or the status of a told failure. */
int upgrade_daemon(const struct call *call);

#endif

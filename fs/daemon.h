/*
 * Start and stop of one mount.
 */
#ifndef DAEMON_H
#define DAEMON_H

#include "settings.h"

/*
 * Mounts and serves until unmounted or told to end. In the foreground it returns the exit status
 * then; else it returns in the starter as soon as the mount answers (0) or it is known that
 * it never will.
 */
int daemon_run(struct settings *settings);

/* loktfs --repair: makes the journal of a ROOT readable again. Exit status. */
int daemon_repair(const char *root);

#endif

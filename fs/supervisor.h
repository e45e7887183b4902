/*
 * Keeps one worker alive on a mount. It holds the descriptors that the mount lives by and reads or
 * answers nothing itself, so that there is little it could die of; should it be killed, the worker
 * starts another one, which adopts it.
 */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include "inherit.h"
#include "settings.h"

/*
 * Starts the first worker (or, in ROLE_SUPERVISOR, adopts inherit->peer) and returns when the mount
 * has ended: 0; or when it was given up, a failure's exit status. ready_fd is told a byte once the
 * mount answers; when it never does, the caller says so. argv: how to start a process of this mount.
 */
int supervisor_run(struct settings *settings, const struct inherit *inherit, char *const argv[]);

#endif

/*
 * The process that serves a mount: made of its parts in order, and taken down in reverse. It may be
 * killed at any moment; its supervisor starts the next one, which goes on where it was.
 */
#ifndef WORKER_H
#define WORKER_H

#include "inherit.h"
#include "settings.h"

/*
 * Serves until the mount is gone, or until it must not go on. Owns the descriptors of `inherit`.
 * argv: how the processes of this mount are started. Exit status: 0 when the mount has ended.
 */
int worker_run(struct settings *settings, const struct inherit *inherit, char *const argv[]);

/* Exit status 0: this program could take the mount over. Changes nothing. */
int worker_probe(struct settings *settings, const struct inherit *inherit);

/* From now on nobody's terminal, session or directory is kept busy. */
void worker_leave_starter(int log_fd);

#endif

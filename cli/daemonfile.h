/*
 * ROOT/daemon: who serves a ROOT, and where it is mounted.
 */
#ifndef CLI_DAEMONFILE_H
#define CLI_DAEMONFILE_H

#include <limits.h>
#include <sys/types.h>

struct daemonfile {
	pid_t pid;    /* it keeps the mount */
	pid_t worker; /* it serves the mount, and may be replaced; 0: not known */
	uid_t uid;
	ino_t pid_ns; /* the namespace of the pids it sees; 0: not known */
	char mountpoint[PATH_MAX];
};

/* 0; -ENOENT when none serves; another negative errno when it cannot be read or understood. */
int daemonfile_read(const char *root, struct daemonfile *out);

#endif

/*
 * A ROOT as the daemon keeps it: one daemon at a time (a file lock, and no other machine's),
 * who it is (ROOT/daemon), and the way in for everybody (ROOT/locks).
 */
#ifndef ROOTDIR_H
#define ROOTDIR_H

#include <sys/types.h>

#include "settings.h"

struct rootdir {
	int fd;		 /* the ROOT */
	int lock_fd;	 /* ROOT/daemon.lock, flocked while we live */
	bool is_claimed; /* ROOT/daemon is ours to remove */
};

#define ROOTDIR_WHY_MAX 512

/* Exit status that says: another daemon serves this ROOT. */
#define ROOTDIR_TAKEN 75

/* Makes the directory if need be and its path absolute, in place. 0 or a negative errno. */
int rootdir_make(char path[PATH_MAX]);

/*
 * Opens the ROOT and takes its lock. 0; -EWOULDBLOCK: another daemon has
 * it; else a negative errno; *why says more.
 */
int rootdir_open(struct rootdir *rootdir, const char *path, char why[ROOTDIR_WHY_MAX]);

/* The same as opened by another process of this mount. */
void rootdir_adopt(struct rootdir *rootdir, int fd, int lock_fd);

/*
 * Writes ROOT/daemon (this process and its worker, 0: itself) and points ROOT/locks at the mount. 0
 * or a negative errno.
 */
int rootdir_announce(struct rootdir *rootdir, const struct settings *settings, pid_t worker);

/* Removes ROOT/daemon and gives the lock back. */
void rootdir_close(struct rootdir *rootdir);

/* This boot's id, as the kernel prints it. 0 or a negative errno. */
int rootdir_boot_id(char out[40]);

#endif

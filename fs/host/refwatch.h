/*
 * Notices that somebody changed the lock refs of a repository by hand: inotify on the places
 * where git keeps them (loose refs, packed-refs, reftable). What has changed is for a scan to find.
 */
#ifndef HOST_REFWATCH_H
#define HOST_REFWATCH_H

#include <stdbool.h>

struct refwatch {
	int fd; /* inotify, non-blocking; -1: no watch is possible */
	char *git_dir;
	int top, refs, grite, locks, reftable; /* watch descriptors, -1 none */
};

/* 0, or a negative errno: nothing is watched, and fd is -1 (the caller scans from time to time). */
int refwatch_init(struct refwatch *watch, const char *git_dir);
void refwatch_release(struct refwatch *watch);

/*
 * Takes all pending events; true when lock refs may have changed. Directories that came (refs/grite,
 * refs/grite/locks) are watched from now on, before true is returned, so that a scan that follows
 * misses nothing. An overflow of the queue counts as a change.
 */
bool refwatch_collect(struct refwatch *watch);

#endif

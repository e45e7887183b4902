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
	bool is_whole; /* false: what is there could not all be watched (the system's limits) */
};

/* 0, or a negative errno: nothing is watched, and fd is -1 (the caller scans from time to time). */
int refwatch_init(struct refwatch *watch, const char *git_dir);
void refwatch_release(struct refwatch *watch);

/*
 * Takes all pending events; true when lock refs may have changed. Directories that came or went
 * (refs/grite, refs/grite/locks) are followed before true is returned, so that a scan afterwards
 * misses nothing. An overflow of the queue counts as a change. Lock refs are seen as git writes
 * them, by renaming; a file in refs that is written in place is not. While is_whole is false the
 * caller must scan from time to time as if there was no watch; each call tries to mend that.
 */
bool refwatch_collect(struct refwatch *watch);

#endif

/*
 * Files that nothing needs any more, deleted by a thread: to free the blocks of a big one takes a file
 * system many milliseconds, and the loop answers nobody meanwhile.
 */
#ifndef HOST_DISPOSAL_H
#define HOST_DISPOSAL_H

#include <pthread.h>
#include <stdbool.h>

#include "lokt/text.h"

/* All zero: nothing to do. */
struct disposal {
	struct text names; /* each with its NUL */
	int dir_fd;	   /* the directory that they are in; the caller's */
	pthread_t thread;
	bool is_running; /* then all above is the thread's */
	int error;
};

/* For the next disposal_begin(). Without memory for the name the file stays. */
void disposal_add(struct disposal *disposal, const char *name);

/*
 * Syncs the directory, so that what has replaced the files is there after a power failure too, and
 * deletes them; nothing is deleted if it cannot be synced. Where there can be no thread, all that is
 * done before this returns. Not while one is running.
 */
void disposal_begin(struct disposal *disposal, int dir_fd);

/* False: the thread is still at it. Else *error is 0 or what it has met, negative, told once. */
bool disposal_is_over(struct disposal *disposal, int *error);

/* Waits for the thread. 0 or what it has met, negative. */
int disposal_end(struct disposal *disposal);

#endif

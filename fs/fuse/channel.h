/*
 * The kernel's requests and our answers, such that a worker may die at any point of it: what was
 * read and not answered is in memory that the next worker has too (host/area.h, host/keep.h), and
 * is served again before anything new is read. So is what only open files know.
 *
 *   read into the shared slot → handler → journal → answers → commit: one store makes the slot
 *   empty, the open files' new state true, and what stays unanswered a kept request
 *
 * Whoever dies in between leaves the state of the last commit and the request; serving it again
 * comes to the same, because the journal knows what was done (repeat.h). An answer that the kernel
 * has already had it refuses with ENOENT.
 */
#ifndef FUSE_CHANNEL_H
#define FUSE_CHANNEL_H

#ifndef FUSE_USE_VERSION
#define FUSE_USE_VERSION 312
#endif
#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/area.h"
#include "host/keep.h"

struct mount;

struct channel {
	int fd;		   /* /dev/fuse, non-blocking; borrowed */
	struct area *area; /* borrowed */
	struct keep keep;
	const char *request; /* being served; NULL: none, or the next one to be is in the slot */
	bool is_answered;
	bool is_silent;	  /* the hello of the connection is said again: nothing is sent */
	bool is_mismatch; /* and our answer was another than the first worker's */
};

/*
 * Joins the mount's session to the channel: mount->session's descriptor becomes `fd`. 0, or a
 * negative errno: -EINVAL when the area holds what this program does not understand.
 */
int channel_open(struct mount *mount, int fd, struct area *area);
void channel_close(struct mount *mount);

/*
 * Takes up what the worker before left: the connection's beginning, open files, requests without an
 * answer, in order of arrival. `turn` begins a turn at the door. 0; -EPROTO: this program would have
 * begun the connection in another way and must not serve it; or another negative errno.
 */
int channel_resume(struct mount *mount, void (*turn)(struct mount *mount));

/* Only whether this program could take the mount over: changes and answers nothing. As above. */
int channel_probe(struct mount *mount);

/* The next request into the slot: its size, 0 when the mount is gone, -EAGAIN, -EINTR, an errno. */
int channel_receive(struct mount *mount);

/* Hands the request in the slot to its handler. */
void channel_serve(struct mount *mount);

/* All that this turn has changed or answered is so from now on. */
void channel_commit(struct mount *mount);

/* There is room to remember one more request that is not answered at once. */
bool channel_has_room(const struct mount *mount);

#endif
